// A client that always has a /sync waiting on the server, from its last token on.
import { findNextBatch, sync, type Account, type Client, type Homeserver } from './homeserver.ts'
import { ConnectionLost, type Answer } from './http-connection.ts'
import { inParallel, sleep } from './parallel.ts'

// Presence and full member lists are left out, as light clients do: they would measure something else than the message's way.
const waitingFilter = JSON.stringify({
  presence: { not_types: ['*'] },
  room: { timeline: { limit: 10 }, state: { lazy_load_members: true } },
})

const startedTogether = 16

export class WaitingClient {
  readonly account: Account
  readonly #client: Client
  readonly #timeoutMs: number
  readonly #onAnswer: (answer: Answer) => void
  #isStopped = false
  isWaiting = false
  answers = 0
  errors = 0

  constructor(server: Homeserver, account: Account, timeoutMs: number, onAnswer: (answer: Answer) => void) {
    this.account = account
    this.#client = server.connect(account)
    this.#timeoutMs = timeoutMs
    this.#onAnswer = onAnswer
  }

  /** Catches up with what happened since the account's last sync. */
  async catchUp(): Promise<void> {
    const answer = await sync(this.#client, { since: this.account.since, timeoutMs: 0, filter: waitingFilter })
    if (answer.status !== 200) throw new Error(`/sync was answered ${answer.status}: ${answer.body.toString('utf8', 0, 300)}`)
    this.account.since = findNextBatch(answer.body)
  }

  /** Waits, and waits again after each answer, until stopped. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        this.isWaiting = true
        const answer = await sync(this.#client, { since: this.account.since, timeoutMs: this.#timeoutMs, filter: waitingFilter })
        this.isWaiting = false
        if (answer.status !== 200) throw new Error(`/sync was answered ${answer.status}`)
        this.answers += 1
        this.account.since = findNextBatch(answer.body) ?? this.account.since
        this.#onAnswer(answer)
      } catch (error) {
        this.isWaiting = false
        if (this.#isStopped) return
        this.errors += 1
        if (this.errors === 1) process.stderr.write(`  a waiting client: ${error instanceof Error ? error.message : error}\n`)
        await sleep(error instanceof ConnectionLost ? 500 : 1000)
      }
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#client.close()
  }
}

/** Brings every client to the present and leaves it waiting there, as clients do when they start. */
export async function startWaiting(clients: readonly WaitingClient[]): Promise<void> {
  await inParallel(clients, startedTogether, async (client) => {
    await client.catchUp()
    void client.run()
  })
  await waitUntil(() => clients.every((client) => client.isWaiting))
}

export async function waitUntil(isTrue: () => boolean, timeoutMs = 120_000): Promise<boolean> {
  const startedMs = performance.now()
  while (!isTrue()) {
    if (performance.now() - startedMs > timeoutMs) return false
    await sleep(5)
  }
  return true
}
