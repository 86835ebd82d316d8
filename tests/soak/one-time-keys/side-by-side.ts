// Two processes claim keys of one database at the same time, both at work, and one after the other is killed.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sleep } from '../../../bench/parallel.ts'
import { claimLocalKeys } from '../../../src/encryption/claim-keys.ts'
import { uploadKeys } from '../../../src/encryption/upload-keys.ts'
import { openDatabase, type Connection } from '../../../src/store/database.ts'
import { Names } from '../../../src/store/names.ts'
import { Stream } from '../../../src/streams/stream.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLog } from '../../../src/util/log.ts'
import { Dice } from '../dice.ts'
import type { ClaimingTask } from './claiming-process.ts'

export interface SideBySideOptions {
  readonly connection: Connection
  readonly folder: string
  readonly kills: number
  readonly seed: number
}

export interface SideBySideReport {
  readonly uploaded: number
  /** The names of the keys that were given, each as often as it was. */
  readonly given: readonly string[]
  /** How many claims each process was given, in the order of their starts. */
  readonly byProcess: readonly number[]
  /** Names of what was never uploaded. */
  readonly strange: readonly string[]
  /** Uploaded, and given to nobody. */
  readonly gone: number
  /** So many claims a killed process may have had, and not written down. */
  readonly goneMax: number
}

const DEVICES = 3
const KEYS_AT_ONCE = 20
const ENOUGH = 100
const AT_ONCE = 8

export async function claimSideBySide({ connection, folder, kills, seed }: SideBySideOptions): Promise<SideBySideReport> {
  const database = openDatabase(connection, silentLog, 4)
  const stream = new Stream({ database, clock: systemClock, log: silentLog }, 0)
  const parts = { stream, clock: systemClock }
  const userId = '@owner:localhost'
  const user = await new Names(database.db).internUser(userId)
  const devices = Array.from({ length: DEVICES }, (_, index) => ({ userId, deviceId: `D${index}` }))
  await database.db.insertInto('devices').values(devices.map(({ deviceId }) => ({
    user_nid: user, device_id: deviceId, display_name: null, created_at: 0, last_seen_at: null, last_seen_ip: null, last_seen_agent: null,
  }))).execute()
  const files: string[] = []
  const launch = (): ChildProcess => {
    const file = join(folder, `claims-${files.length}.jsonl`)
    files.push(file)
    const task: ClaimingTask = { connection, file, devices }
    const script = join(import.meta.dirname, 'claiming-process.ts')
    return spawn(process.execPath, [script, JSON.stringify(task)], { stdio: 'ignore' })
  }
  const running = [launch(), launch()]
  const uploaded = new Set<string>()
  let isStopped = false
  const upload = async (deviceId: string): Promise<void> => {
    for (let made = 0; !isStopped; made += KEYS_AT_ONCE) {
      const names = Array.from({ length: KEYS_AT_ONCE }, (_, index) => `signed_curve25519:${(made + index).toString(36)}`)
      for (const name of names) uploaded.add(`${deviceId} ${name}`)
      const keys = { one_time_keys: Object.fromEntries(names.map((name) => [name, { key: name }])) }
      // As by a client that does not hear the answers: again and again, while they are claimed.
      while ((await uploadKeys(parts, { user, userId, deviceId }, keys))['signed_curve25519'] as number > ENOUGH && !isStopped) {
        await sleep(10)
      }
    }
  }
  const uploading = Promise.all(devices.map(({ deviceId }) => upload(deviceId)))
  uploading.catch(() => {})
  const dice = new Dice(seed)
  // Both are at work before the first is killed.
  await untilAtWork(running, files)
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(dice.between(100, 600))
    await end(running.splice(dice.next() < 0.5 ? 0 : 1, 1)[0])
    running.push(launch())
    await untilAtWork(running, files)
  }
  isStopped = true
  await uploading
  for (const child of running) await end(child)
  const lines = files.map((file) => readGiven(file))
  const left: string[] = []
  for (const { deviceId } of devices) {
    for (;;) {
      const [claimed] = await claimLocalKeys(parts, [[userId, { [deviceId]: 'signed_curve25519' }]])
      const [name] = Object.keys(claimed?.[1][deviceId] ?? {})
      if (name === undefined) break
      left.push(`${deviceId} ${name}`)
    }
  }
  await database.close()
  const given = [...lines.flat(), ...left]
  return {
    uploaded: uploaded.size, given, byProcess: lines.map(({ length }) => length), strange: given.filter((name) => !uploaded.has(name)),
    gone: uploaded.size - new Set(given).size, goneMax: files.length * AT_ONCE,
  }
}

/** Resolves when each process has claimed something. */
async function untilAtWork(running: readonly ChildProcess[], files: readonly string[]): Promise<void> {
  while (!files.every((file) => existsSync(file))) {
    if (running.some(({ exitCode }) => exitCode !== null)) throw new Error('A process that claims has ended by itself')
    await sleep(20)
  }
}

/** What a process wrote down; the last line may have been broken off. */
function readGiven(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1).flatMap((line) => {
    const { deviceId, keys } = JSON.parse(line) as { deviceId: string, keys: Record<string, object> }
    return Object.keys(keys).map((name) => `${deviceId} ${name}`)
  })
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await ended
}
