// matrix-nio with its encryption, in a Python of its own.
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { CryptoDevice, Reading } from './device.ts'
import type { Session } from './session.ts'

const python = process.env['NIO_PYTHON'] ?? 'python3'

interface Answer { readonly id: number, readonly value?: unknown, readonly error?: string }

/** Whether this machine's Python has matrix-nio with what it needs to encrypt. */
export function hasEncryptingNio(): Promise<boolean> {
  const question = 'import sys; from nio.crypto import ENCRYPTION_ENABLED; sys.exit(not ENCRYPTION_ENABLED)'
  return promisify(execFile)(python, ['-c', question]).then(() => true, () => false)
}

export class NioDevice implements CryptoDevice {
  readonly kind = 'matrix-nio'
  readonly userId: string
  readonly deviceId: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #folder: string
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #count = 0
  #complaints = ''

  private constructor(session: Session, folder: string) {
    this.userId = session.userId
    this.deviceId = session.deviceId
    this.#folder = folder
    this.#child = spawn(python, [join(import.meta.dirname, 'nio-device.py'), folder], { stdio: 'pipe' })
    this.#child.stderr.on('data', (data) => { this.#complaints = (this.#complaints + String(data)).slice(-2000) })
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#settle(JSON.parse(line) as Answer))
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`matrix-nio ended with ${code}: ${this.#complaints}`))
    })
    // It may be gone when it is told the last thing.
    this.#child.stdin.on('error', () => {})
  }

  static async start(session: Session): Promise<NioDevice> {
    const device = new NioDevice(session, await mkdtemp(join(tmpdir(), 'hearth-nio-')))
    const ready = device.#expect(0)
    device.#child.stdin.write(`${JSON.stringify(session)}\n`)
    await ready
    return device
  }

  say(roomId: string, text: string): Promise<string> {
    return this.#order<string>({ do: 'say', room: roomId, text })
  }

  listDevices(userId: string): Promise<readonly string[]> {
    return this.#order({ do: 'devices', user: userId })
  }

  listMembers(roomId: string): Promise<readonly string[]> {
    return this.#order({ do: 'members', room: roomId })
  }

  read(roomId: string, eventIds: readonly string[]): Promise<readonly Reading[]> {
    return this.#order({ do: 'read', room: roomId, events: eventIds })
  }

  async setLineBad(isBad: boolean): Promise<void> {
    await this.#order({ do: 'line', bad: isBad })
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.kill('SIGKILL')
    await ended
    await rm(this.#folder, { recursive: true, force: true })
  }

  #order<T>(order: object): Promise<T> {
    this.#count += 1
    const answer = this.#expect(this.#count)
    this.#child.stdin.write(`${JSON.stringify({ ...order, id: this.#count })}\n`)
    return answer as Promise<T>
  }

  #expect(id: number): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    return waiting.promise
  }

  #settle({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(value)
    else waiting?.reject(new Error(`matrix-nio: ${error}`))
  }
}
