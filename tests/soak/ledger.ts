// What clients did and saw, one JSON line each, so that the checkers can look at it afterwards and again later.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'

export interface SeenEvent {
  readonly eventId: string
  readonly sender: string
  /** The txnId that the message was sent with, which stands in its body as well. */
  readonly mark?: string
  /** The value of the room's counter, where this is its state event. */
  readonly counter?: number
}

export interface RoomBatch {
  readonly roomId: string
  /** What /messages brought for the gap before a limited timeline, oldest first. */
  readonly fill: readonly SeenEvent[]
  readonly state: readonly SeenEvent[]
  readonly timeline: readonly SeenEvent[]
}

/** A message was decided on, before its first request. */
export interface Intent {
  readonly kind: 'intent'
  readonly client: string
  readonly roomId: string
  readonly txnId: string
  /** Counts a client's messages: it sends one after the other. */
  readonly sequence: number
  readonly atMs: number
}

/** A request with this txnId was answered with success; there may be several, since clients send again. */
export interface Ack {
  readonly kind: 'ack'
  readonly client: string
  readonly roomId: string
  readonly txnId: string
  readonly eventId: string
  readonly atMs: number
}

/** The server refused for good what it should have taken. */
export interface Refusal {
  readonly kind: 'refusal'
  readonly client: string
  readonly what: string
  readonly status: number
  readonly answer: string
  readonly atMs: number
}

/** The room's counter was set to this value. */
export interface CounterAck {
  readonly kind: 'counter'
  readonly roomId: string
  readonly counter: number
  readonly eventId: string
  readonly atMs: number
}

/** One /sync, answered. Those that broke off are not here: the client asked again with the same token. */
export interface Batch {
  readonly kind: 'batch'
  readonly reader: string
  readonly startedMs: number
  readonly endedMs: number
  readonly rooms: readonly RoomBatch[]
}

/** A room's events in the server's order, oldest first, as a newly logged-in device pages through them at the end. */
export interface History {
  readonly kind: 'history'
  readonly roomId: string
  readonly events: readonly SeenEvent[]
}

export interface Kill {
  readonly kind: 'kill'
  readonly what: string
  /** From the start of the process to its first answer. */
  readonly readyMs: number
  readonly atMs: number
}

export type Entry = Intent | Ack | Refusal | CounterAck | Batch | History | Kill

/** What a checker is handed: the entries by kind. */
export interface Ledger {
  readonly intents: readonly Intent[]
  readonly acks: readonly Ack[]
  readonly refusals: readonly Refusal[]
  readonly counters: readonly CounterAck[]
  readonly batches: readonly Batch[]
  readonly histories: readonly History[]
  readonly kills: readonly Kill[]
}

export class LedgerFile {
  readonly path: string

  constructor(path: string) {
    this.path = path
    writeFileSync(path, '')
  }

  append(entry: Entry): void {
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`)
  }
}

export function readLedger(path: string): Ledger {
  return toLedger(readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Entry))
}

/** The events of each room's history by their ids. */
export function indexHistories({ histories }: Ledger): Map<string, Map<string, SeenEvent>> {
  return new Map(histories.map(({ roomId, events }) => [roomId, new Map(events.map((event) => [event.eventId, event]))]))
}

export function toLedger(entries: readonly Entry[]): Ledger {
  const ofKind = <Kind extends Entry['kind']>(kind: Kind) =>
    entries.filter((entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind)
  return {
    intents: ofKind('intent'), acks: ofKind('ack'), refusals: ofKind('refusal'), counters: ofKind('counter'),
    batches: ofKind('batch'), histories: ofKind('history'), kills: ofKind('kill'),
  }
}
