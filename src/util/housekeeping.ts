import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

export interface Chore {
  readonly name: string
  run(): Promise<void>
}

/** Does what must be done from time to time and hurries nobody: one chore after the other, then a pause. */
export class Housekeeping {
  readonly #clock: Clock
  readonly #log: Log
  readonly #chores: readonly Chore[]
  readonly #intervalMs: number
  #cancel: (() => void) | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: { clock: Clock, log: Log, chores: readonly Chore[], intervalMs: number }) {
    this.#clock = options.clock
    this.#log = options.log
    this.#chores = options.chores
    this.#intervalMs = options.intervalMs
  }

  start(): void {
    this.#cancel = this.#clock.setTimer(this.#intervalMs, () => {
      this.#running = this.#round().then(() => {
        if (this.#cancel !== undefined) this.start()
      })
    })
  }

  async close(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    await this.#running
  }

  async #round(): Promise<void> {
    for (const { name, run } of this.#chores) {
      try {
        await run()
      } catch (error) {
        this.#log.info({ chore: name, error: String(error) }, 'A chore failed and will be tried again')
      }
    }
  }
}
