// A client that does not give up: while the server is down it asks again, perhaps at another address of it, with the same
// transaction id or token.
import type { Account, Client, Homeserver } from '../../bench/homeserver.ts'
import { sleep } from '../../bench/parallel.ts'

type Json = Record<string, unknown>

export class Refused extends Error {
  readonly status: number
  readonly answer: string

  constructor(what: string, status: number, answer: string) {
    super(`${what} was answered ${status}: ${answer}`)
    this.status = status
    this.answer = answer
  }
}

const retryMs = 50

export class PersistentClient {
  readonly #clients: readonly Client[]
  /** Asked before each new attempt; a client that is done does not ask again. */
  readonly #isDone: () => boolean
  #current = 0
  retries = 0

  constructor(servers: readonly Homeserver[], account: Account, isDone: () => boolean = () => false) {
    this.#clients = servers.map((server) => server.connect(account))
    this.#isDone = isDone
  }

  /** Asks until the server answers 200; another 4xx than 429 is an answer as well, and thrown. */
  async ask(method: string, path: string, body?: Json): Promise<{ json: Json, startedMs: number, endedMs: number }> {
    while (!this.#isDone()) {
      const answer = await this.#clients[this.#current]?.ask(method, path, body).catch(() => undefined)
      if (answer?.status === 200) {
        return { json: JSON.parse(answer.body.toString()) as Json, startedMs: answer.startedMs, endedMs: answer.endedMs }
      }
      if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
        throw new Refused(`${method} ${path}`, answer.status, answer.body.toString('utf8', 0, 300))
      }
      this.retries += 1
      this.#current = (this.#current + 1) % this.#clients.length
      await sleep(retryMs)
    }
    throw new Error('The client was stopped')
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }
}
