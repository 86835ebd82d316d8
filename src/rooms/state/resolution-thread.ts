import { Worker } from 'node:worker_threads'
import type { StateKey } from '../../matrix/room-state.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { ResolutionInput, ResolutionRow, Resolving } from './resolution-task.ts'

/** What the thread is asked, one question after another. */
export type ThreadQuestion =
  | { readonly ask: 'begin', readonly version: string }
  | { readonly ask: 'add', readonly rows: readonly ResolutionRow[] }
  | { readonly ask: 'list-keys', readonly full: readonly number[] }
  | { readonly ask: 'resolve', readonly input: ResolutionInput }

export interface ThreadAnswer {
  readonly nids: readonly number[]
  readonly keys: readonly StateKey[]
}

/** A resolution took too long, too much memory, or would have to look at too many events. */
export class ResolutionFailed extends Error {}

const WORKER = new URL('../../workers/resolve-state.ts', import.meta.url)
const MEMORY_MAX_MB = 512
const TIMEOUT_MS = 30_000

/** A resolution that has the thread: the answer that it waits for, and its end if it is given up. */
interface Turn {
  readonly givenUp: PromiseWithResolvers<never>
  asked: PromiseWithResolvers<ThreadAnswer> | undefined
}

/** A thread that resolves states, one room after another; it is ended when one takes it too long. */
export class ResolutionThread {
  readonly #clock: Clock
  readonly #log: Log
  #worker: Worker | undefined
  #turn: Turn | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor({ clock, log }: { clock: Clock, log: Log }) {
    this.#clock = clock
    this.#log = log
  }

  /** Gives the thread to one resolution when those before it are done. Throws ResolutionFailed. */
  run<T>(version: string, use: (resolving: Resolving) => Promise<T>): Promise<T> {
    const running = this.#last.then(() => this.#run(version, use))
    this.#last = running.catch(() => undefined)
    return running
  }

  async close(): Promise<void> {
    await this.#last
    await this.#worker?.terminate()
    this.#worker = undefined
  }

  async #run<T>(version: string, use: (resolving: Resolving) => Promise<T>): Promise<T> {
    const turn: Turn = { givenUp: Promise.withResolvers<never>(), asked: undefined }
    this.#turn = turn
    const cancel = this.#clock.setTimer(TIMEOUT_MS, () => this.#giveUp('took too long'))
    try {
      const using = this.#ask(turn, { ask: 'begin', version }).then(() => use({
        add: async (rows) => void await this.#ask(turn, { ask: 'add', rows }),
        listKeys: async (full) => (await this.#ask(turn, { ask: 'list-keys', full })).keys,
        resolve: async (input) => (await this.#ask(turn, { ask: 'resolve', input })).nids,
      }))
      return await Promise.race([using, turn.givenUp.promise])
    } finally {
      cancel()
      this.#turn = undefined
    }
  }

  #ask(turn: Turn, question: ThreadQuestion): Promise<ThreadAnswer> {
    // Who was given up and goes on all the same must not disturb who has the thread now.
    if (this.#turn !== turn) return Promise.reject(new ResolutionFailed('The resolution was given up'))
    turn.asked = Promise.withResolvers<ThreadAnswer>()
    this.#start().postMessage(question)
    return turn.asked.promise
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MAX_MB } })
    worker.unref()
    worker.on('message', (answer: ThreadAnswer) => {
      if (this.#worker === worker) this.#turn?.asked?.resolve(answer)
    })
    worker.on('error', (error) => {
      this.#log.info({ error: String(error) }, 'The thread that resolves states ended')
      if (this.#worker === worker) this.#giveUp('ended')
    })
    this.#worker = worker
    return worker
  }

  #giveUp(why: string): void {
    void this.#worker?.terminate()
    this.#worker = undefined
    this.#turn?.givenUp.reject(new ResolutionFailed(`The resolution of a room's state ${why}`))
  }
}
