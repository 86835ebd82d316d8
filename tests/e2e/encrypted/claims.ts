// One-time keys are given away once, whichever server is asked, how many ask at once, and though the server is killed meanwhile.
import type { Test } from 'tap'
import { sleep } from '../../../bench/parallel.ts'
import { createApi } from '../../support/api.ts'
import { OlmMachine } from './olm-machine.ts'
import { call, register, type Session } from './session.ts'

export interface ClaimsParts {
  /** Where clients find the server of the device, and another one. */
  readonly home: string
  readonly away: string
  /** Kills the server of the device and starts it again. */
  readonly killHome: () => Promise<void>
}

const CLAIMS = 100
const KEYS = 100
const KILL_AFTER_MS = 20

export async function claimThroughBoth(test: Test, { home, away, killHome }: ClaimsParts): Promise<void> {
  const owner = await register(home, 'owner')
  const askers = [await register(home, 'near'), await register(away, 'far')]
  const machine = new OlmMachine(owner.userId, owner.deviceId)
  await call(owner, 'POST', ['keys', 'upload'], { device_keys: machine.formatDeviceKeys() })
  for (let round = 1; round <= 3; round += 1) {
    await upload(owner, machine, 1)
    const given = await claimAtOnce(owner, askers)
    test.equal(given.length, 1, `one of ${CLAIMS} who want the same key gets it, round ${round}`)
  }
  const all = await upload(owner, machine, KEYS)
  const [before] = await Promise.all([claimAtOnce(owner, askers), sleep(KILL_AFTER_MS).then(killHome)])
  const after = await claimAtOnce(owner, askers)
  const names = [...before, ...after]
  test.equal(new Set(names).size, names.length, `no key twice: ${before.length} around a kill, ${after.length} after it, of ${KEYS}`)
  test.ok(names.every((name) => all.has(name)), 'and no other key')
  test.strictSame(await claimAtOnce(owner, askers), [], 'then none is left')
}

async function upload(owner: Session, machine: OlmMachine, count: number): Promise<ReadonlySet<string>> {
  const keys = machine.formatOneTimeKeys(count)
  await call(owner, 'POST', ['keys', 'upload'], { one_time_keys: keys })
  machine.markPublished()
  return new Set(Object.keys(keys))
}

/** By everybody in turn, all together; gives the names of the keys that came. What gets no answer is not asked again. */
async function claimAtOnce(owner: Session, askers: readonly Session[]): Promise<string[]> {
  const body = { one_time_keys: { [owner.userId]: { [owner.deviceId]: 'signed_curve25519' } } }
  const claims = Array.from({ length: CLAIMS }, async (_, index) => {
    const asker = askers[index % askers.length]
    if (asker === undefined) return []
    const claim = createApi(asker.url).post('/_matrix/client/v3/keys/claim', { token: asker.accessToken, body })
    const answer = await claim.catch(() => undefined)
    return Object.keys((answer?.body['one_time_keys']?.[owner.userId]?.[owner.deviceId] ?? {}) as object)
  })
  return (await Promise.all(claims)).flat()
}
