// A process of its own that claims keys by the store's own door, as fast as it can, and writes each one down once it has it.
import { appendFileSync } from 'node:fs'
import { claimLocalKeys } from '../../../src/encryption/claim-keys.ts'
import { openDatabase, type Connection } from '../../../src/store/database.ts'
import { Stream } from '../../../src/streams/stream.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLog } from '../../../src/util/log.ts'

export interface ClaimingTask {
  readonly connection: Connection
  readonly file: string
  readonly devices: readonly { readonly userId: string, readonly deviceId: string }[]
}

const AT_ONCE = 8
const PAUSE_MS = 20
const ALGORITHM = 'signed_curve25519'

const { connection, file, devices } = JSON.parse(process.argv[2] ?? '') as ClaimingTask
const database = openDatabase(connection, silentLog, AT_ONCE)
const stream = new Stream({ database, clock: systemClock, log: silentLog }, 0)

async function claimOn(lane: number): Promise<never> {
  for (let turn = lane; ; turn += 1) {
    const device = devices[turn % devices.length]
    if (device === undefined) throw new Error('There is no device')
    const startedMs = Date.now()
    const claimed = await claimLocalKeys({ stream, clock: systemClock }, [[device.userId, { [device.deviceId]: ALGORITHM }]])
    for (const [userId, given] of claimed) {
      for (const [deviceId, keys] of Object.entries(given)) {
        appendFileSync(file, `${JSON.stringify({ userId, deviceId, keys, startedMs, endedMs: Date.now() })}\n`)
      }
    }
    if (claimed.length === 0) await systemClock.sleep(PAUSE_MS)
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => claimOn(lane)))
