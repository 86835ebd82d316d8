import { invalidParam, limitExceeded } from '../../matrix/errors.ts'
import type { JsonObject } from '../../matrix/json.ts'
import type { Db } from '../../store/database.ts'
import {
  deleteInbound, deleteInboundAnswersBefore, findInboundAnswer, listInboundEdus, listInboundPdus, listInboundWork, setAsideInbound,
  stageTransaction, trimInboundFailures, type InboundTable,
} from '../../store/federation/inbound.ts'
import { Batch } from '../../util/batch.ts'
import type { Clock } from '../../util/clock.ts'
import { DAY_MS } from '../../util/durations.ts'
import type { Log } from '../../util/log.ts'
import { Backlog, type Task } from './backlog.ts'
import { stagedEdu, stagedEduOf, type Edu, type InboundEdus, type StagedEdu } from './inbound-edus.ts'
import { stagedPdu, stagedPduOf, type InboundPdus, type StagedPdu } from './inbound-pdus.ts'

export interface InboundParts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly pdus: InboundPdus
  /** Made with what tells when the events of a room that are on their way are there. */
  readonly createEdus: (eventsOf: (room: number) => Promise<void> | undefined) => InboundEdus
}

/** What another server sends at once. */
export interface ReceivedTransaction {
  readonly origin: string
  readonly txnId: string
  readonly pdus: readonly JsonObject[]
  readonly edus: readonly Edu[]
}

/** Server-Server API, Transactions. */
const PDUS_MAX = 50
const EDUS_MAX = 100
const TXN_ID_LENGTH_MAX = 512
/** More of one server does not wait here, but with it. */
const WAITING_MAX = 5_000
const BUSY_RETRY_MS = 5_000
const ANSWERS_KEPT_MS = DAY_MS
const FAILURES_KEPT = 1_000

/**
 * Takes in transactions of other servers (Server-Server API, Transactions): what passes the first checks is written down
 * together with the answer, and worked off afterwards, so that a kill at any time loses nothing.
 */
export class Inbound {
  readonly #parts: InboundParts
  /** By the number of the room. */
  readonly #pdus: Backlog<number, StagedPdu>
  readonly #edus: InboundEdus
  /** By the server. */
  readonly #keptEdus: Backlog<string, StagedEdu>
  readonly #answering = new Map<string, Promise<string>>()
  /** What is done in many rooms at the same time is struck out together. */
  readonly #strikes: Readonly<Record<InboundTable, Batch<readonly number[], undefined>>>
  /** How much of each server waits. */
  readonly #waiting = new Map<string, number>()

  constructor(parts: InboundParts) {
    this.#parts = parts
    const { db, pdus } = parts
    this.#strikes = { inbound_pdus: batchStrikes(db, 'inbound_pdus'), inbound_edus: batchStrikes(db, 'inbound_edus') }
    this.#pdus = new Backlog<number, StagedPdu>({
      ...parts,
      list: async (room, limit) => (await listInboundPdus(db, room, limit)).map(stagedPduOf),
      work: (room, staged) => pdus.take(room, staged),
      finish: (staged) => this.#finish('inbound_pdus', staged),
      setAside: (pdu, error) => this.#setAside('inbound_pdus', pdu, pdu.eventId, error),
    })
    this.#edus = parts.createEdus((room) => this.#pdus.idle(room))
    this.#keptEdus = new Backlog<string, StagedEdu>({
      ...parts,
      list: async (origin, limit) => (await listInboundEdus(db, origin, limit)).map(stagedEduOf),
      work: (origin, staged) => this.#edus.take(origin, staged),
      finish: (staged) => this.#finish('inbound_edus', staged),
      setAside: (edu, error) => this.#setAside('inbound_edus', edu, edu.type, error),
    })
  }

  /** Goes on with what was left when the process ended. */
  async start(): Promise<void> {
    const { rooms, origins, counts } = await listInboundWork(this.#parts.db)
    for (const [origin, count] of counts) this.#count(origin, count)
    for (const room of rooms) this.#pdus.resume(room)
    for (const origin of origins) this.#keptEdus.resume(origin)
  }

  /** Resolves when nothing of what was received waits. */
  async settled(): Promise<void> {
    await this.#pdus.settled()
    await this.#edus.settled()
    await this.#keptEdus.settled()
  }

  /** Ends when what is being done is done; the rest is gone on with at the next start. */
  async close(): Promise<void> {
    await Promise.all([this.#pdus.close(), this.#keptEdus.close()])
    await this.#edus.settled()
  }

  /** Forgets answers that are older than a retry may be, and old records of what failed. */
  async forgetOld(): Promise<void> {
    await deleteInboundAnswersBefore(this.#parts.db, this.#parts.clock.now() - ANSWERS_KEPT_MS)
    await trimInboundFailures(this.#parts.db, FAILURES_KEPT)
  }

  /**
   * Takes in a transaction once, however often it comes; the JSON text of the answer, with an error for each event that was
   * not taken. Throws M_INVALID_PARAM for more than a transaction may hold, M_LIMIT_EXCEEDED while too much of the server waits.
   */
  async accept(transaction: ReceivedTransaction): Promise<string> {
    const { origin, txnId, pdus, edus } = transaction
    if (pdus.length > PDUS_MAX || edus.length > EDUS_MAX) {
      throw invalidParam(`A transaction has at most ${PDUS_MAX} PDUs and ${EDUS_MAX} EDUs.`)
    }
    if (txnId.length > TXN_ID_LENGTH_MAX) throw invalidParam('The transaction id is too long.')
    const key = JSON.stringify([origin, txnId])
    const answering = this.#answering.get(key)
    if (answering !== undefined) return answering
    const answer = this.#answer(transaction)
    this.#answering.set(key, answer)
    try {
      return await answer
    } finally {
      this.#answering.delete(key)
    }
  }

  async #answer(transaction: ReceivedTransaction): Promise<string> {
    const { origin, txnId } = transaction
    const given = await findInboundAnswer(this.#parts.db, origin, txnId)
    if (given !== undefined) return given
    if ((this.#waiting.get(origin) ?? 0) >= WAITING_MAX) throw limitExceeded(BUSY_RETRY_MS)
    const { passed, results } = await this.#parts.pdus.check(origin, transaction.pdus)
    const answer = JSON.stringify({ pdus: results })
    const kept = this.#edus.listKept(transaction.edus)
    const numbers = await stageTransaction(this.#parts.db, {
      origin, txnId, answer,
      receivedAt: this.#parts.clock.now(),
      pdus: passed.map(({ room, checked: { eventId, canonical: json, isAuthorised } }) => (
        { room_nid: room, event_id: eventId, json, is_authorised: isAuthorised }
      )),
      edus: kept.map(({ type, json }) => ({ edu_type: type, content: json })),
    })
    this.#count(origin, passed.length + kept.length)
    const staged = passed.map((pdu, index) => ({ room: pdu.room, pdu: stagedPdu(pdu, numbers.pdus[index] ?? 0, origin) }))
    for (const [room, ofRoom] of Map.groupBy(staged, (each) => each.room)) this.#pdus.add(room, ofRoom.map(({ pdu }) => pdu))
    if (kept.length > 0) this.#keptEdus.add(origin, kept.map((edu, index) => stagedEdu(edu, numbers.edus[index] ?? 0, origin)))
    this.#edus.pass(origin, transaction.edus)
    return answer
  }

  async #finish(table: InboundTable, done: readonly (Task & { readonly origin: string })[]): Promise<void> {
    await this.#strikes[table].get(done.map(({ nid }) => nid))
    for (const { origin } of done) this.#count(origin, -1)
  }

  async #setAside(table: InboundTable, item: StagedPdu | StagedEdu, name: string, cause: unknown): Promise<void> {
    const { db, clock, log } = this.#parts
    const { nid, origin, json } = item
    const error = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    log.error({ origin, name, error }, 'Something that was received fails again and again, and was set aside')
    await setAsideInbound(db, table, nid, { origin, name, json, error }, clock.now())
    this.#count(origin, -1)
  }

  #count(origin: string, change: number): void {
    const count = (this.#waiting.get(origin) ?? 0) + change
    if (count > 0) this.#waiting.set(origin, count)
    else this.#waiting.delete(origin)
  }
}

function batchStrikes(db: Db, table: InboundTable): Batch<readonly number[], undefined> {
  return new Batch(async (lists) => {
    await deleteInbound(db, table, lists.flat())
    return lists.map(() => undefined)
  })
}
