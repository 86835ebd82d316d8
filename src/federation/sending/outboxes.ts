import type { Destinations } from '../../remote/destinations.ts'
import { listUnsentServers } from '../../store/federation/outboxes.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Metrics } from '../../util/metrics.ts'
import type { DueEvent } from './due-events.ts'
import type { Edu } from './edus.ts'
import { Lanes } from './lanes.ts'
import { Outbox, type OutboxParts } from './outbox.ts'
import { SentLog } from './sent-log.ts'

export interface OutboxesParts extends Omit<OutboxParts, 'lanes' | 'sentLog' | 'signal' | 'count' | 'done'> {
  readonly stream: Stream
  readonly destinations: Destinations
  readonly metrics: Metrics
}

/** An outbox for each server that has not been sent everything; the others cost nothing. */
export class Outboxes {
  readonly #parts: OutboxesParts
  readonly #outboxParts: OutboxParts
  readonly #sentLog: SentLog
  readonly #outboxes = new Map<string, Outbox>()
  readonly #closing = new AbortController()

  constructor(parts: OutboxesParts) {
    this.#parts = parts
    this.#sentLog = new SentLog(parts)
    this.#outboxParts = {
      ...parts,
      lanes: new Lanes(parts),
      sentLog: this.#sentLog,
      signal: this.#closing.signal,
      count: countOutcomes(parts.metrics),
      done: (outbox) => this.#outboxes.delete(outbox.server),
    }
    const { metrics } = parts
    metrics.gauge('federation_outboxes', 'Servers that have not been sent everything', () => this.#outboxes.size)
    metrics.gauge('federation_outboxes_behind', 'Those of them with more than is held in memory', () => this.count().behind)
    metrics.gauge('federation_outbox_events', 'Events in memory that wait for any of them', () => this.count().events)
  }

  /** Goes on with what was not sent before the last stop. */
  async start(): Promise<void> {
    const { db, stream, destinations } = this.#parts
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'unsent-edu') this.#open(change.server).noteEdu()
    })
    destinations.listen((server) => this.retry(server))
    for (const server of await listUnsentServers(db)) this.#open(server, true).wake()
  }

  /** Events that a server is to be sent and that stand in the database by now. */
  addEvents(server: string, events: readonly DueEvent[]): void {
    this.#open(server).addEvents(events)
  }

  /** Something of the moment that servers are to be told, in place of what was to be told under the same key. */
  addPassing(servers: Iterable<string>, key: string, edu: Edu): void {
    const { destinations } = this.#parts
    for (const server of servers) if (destinations.downUntil(server) === undefined) this.#open(server).addPassing(key, edu)
  }

  /** The server may be asked again before its time has come. */
  retry(server: string): void {
    this.#outboxes.get(server)?.retry()
  }

  /** What is in memory. */
  count(): { readonly events: number, readonly behind: number } {
    let events = 0
    let behind = 0
    for (const outbox of this.#outboxes.values()) {
      events += outbox.size()
      behind += Number(outbox.isBehind())
    }
    return { events, behind }
  }

  /** Whether some server waits for its time to come. */
  hasWaiting(): boolean {
    return this.#outboxes.size > 0
  }

  /** Resolves when everything is sent that can be sent now. */
  async settled(): Promise<void> {
    for (const outbox of this.#outboxes.values()) await outbox.settled()
    await this.#sentLog.flush()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([...this.#outboxes.values()].map((outbox) => outbox.close()))
    await this.#sentLog.close()
  }

  #open(server: string, isBehind = false): Outbox {
    const known = this.#outboxes.get(server)
    if (known !== undefined) return known
    const outbox = new Outbox(this.#outboxParts, server, isBehind)
    this.#outboxes.set(server, outbox)
    return outbox
  }
}

function countOutcomes(metrics: Metrics): OutboxParts['count'] {
  const counter = metrics.labelledCounter('federation_transactions_sent_total', 'Transactions sent, by how they ended', ['outcome'])
  const [taken, refused, unanswered] = ['taken', 'refused', 'unanswered'].map((outcome) => counter({ outcome }))
  return (outcome) => ({ taken, refused, unanswered })[outcome]?.add()
}
