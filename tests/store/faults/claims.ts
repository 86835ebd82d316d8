import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { oneTimeKeysOf } from '../../support/encryption-world.ts'
import { claim, start, upload, type World } from './people.ts'

const CLAIMERS = 8
const KEYS = 300
const KILLS = 3

/** The numbers of the keys that a claim brings; undefined where nobody answered. */
async function tryClaim(world: World): Promise<number[] | undefined> {
  try {
    return (await claim(world)).map((name) => Number(name.split(':')[1]))
  } catch {
    return undefined
  }
}

/** Claims one key after another until none is left. */
async function claimAll(world: World): Promise<number[]> {
  const got: number[] = []
  for (;;) {
    const keys = await tryClaim(world)
    if (keys?.length === 0) return got
    if (keys === undefined) await sleep(20)
    else got.push(...keys)
  }
}

/** One-time keys are issued once and in their order, whatever happens to the process. */
export function testClaims(t: Test): void {
  t.test('one-time keys are claimed by many while the server is killed', { timeout: 90_000 }, async (t) => {
    const world = await start(t)
    await upload(world, world.bob, { one_time_keys: oneTimeKeysOf(Array.from({ length: KEYS }, (_, n) => String(n))) })
    const claiming = Promise.all(Array.from({ length: CLAIMERS }, () => claimAll(world)))
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(50)
      await world.hearth.kill()
      await world.hearth.start()
    }
    const got = await claiming
    const all = got.flat()
    t.equal(new Set(all).size, all.length, 'no key was given twice')
    t.ok(all.length >= KEYS - CLAIMERS * KILLS, 'and none was lost but those whose answers were')
    for (const keys of got) t.same(keys, keys.toSorted((one, other) => one - other), 'they came in the order of upload')
    await upload(world, world.bob, { one_time_keys: oneTimeKeysOf(['1000']) })
    const answers = await Promise.all(Array.from({ length: 100 }, () => claim(world)))
    t.same(answers.flat(), ['signed_curve25519:1000'], 'a hundred claims at once for one key')
  })
}
