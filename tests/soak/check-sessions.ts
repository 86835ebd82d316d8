import { collectViews } from './check-readers.ts'
import type { Finding } from './checkers.ts'
import { indexHistories, type Batch, type Ledger } from './ledger.ts'

/** After an acknowledgement the sender's own next /sync has brought the event, at the latest. */
export function findUnreadOwnWrites({ acks, batches }: Ledger): Finding[] {
  const batchesOf = Map.groupBy(batches, (batch) => batch.reader)
  const findings: Finding[] = []
  for (const [client, ownAcks] of Map.groupBy(acks, (ack) => ack.client)) {
    const own = batchesOf.get(client) ?? []
    const arrival = indexArrivals(own)
    // Both stand in the order of time, so that one walk along both is enough.
    let next = 0
    for (const { eventId, atMs } of ownAcks) {
      while (next < own.length && (own[next]?.startedMs ?? 0) < atMs) next += 1
      const arrived = arrival.get(eventId) ?? Number.POSITIVE_INFINITY
      if (next < own.length && arrived > next) {
        const detail = `${eventId} was not in the /sync that ${client} began after its acknowledgement`
        findings.push({ check: 'unread own write', detail })
      }
    }
  }
  return findings
}

/** In which of a reader's batches each event came first. */
function indexArrivals(batches: readonly Batch[]): Map<string, number> {
  const arrivals = new Map<string, number>()
  for (const [index, { rooms }] of batches.entries()) {
    for (const { fill, timeline } of rooms) {
      for (const { eventId } of [...fill, ...timeline]) if (!arrivals.has(eventId)) arrivals.set(eventId, index)
    }
  }
  return arrivals
}

/** The room's counter only grows, so no reader may be told a lower value after a higher one. */
export function findBackwardState({ batches }: Ledger): Finding[] {
  const latest = new Map<string, number>()
  const findings: Finding[] = []
  for (const { reader, rooms } of batches) {
    for (const { roomId, fill, state, timeline } of rooms) {
      for (const { counter } of [...fill, ...state, ...timeline]) {
        if (counter === undefined) continue
        const key = `${reader} in ${roomId}`
        const before = latest.get(key) ?? 0
        const detail = `${key}: the counter fell from ${before} to ${counter}`
        if (counter < before) findings.push({ check: 'state went back', detail })
        latest.set(key, counter)
      }
    }
  }
  return findings
}

/** What was acknowledged of the counter stands in the history, and every reader of the room has its last value. */
export function findLostState(ledger: Ledger): Finding[] {
  const findings: Finding[] = []
  const stored = indexHistories(ledger)
  for (const { roomId, eventId, counter } of ledger.counters) {
    if (stored.get(roomId)?.get(eventId)?.counter !== counter) {
      findings.push({ check: 'acknowledged is lost', detail: `the counter ${counter} (${eventId}) is not in ${roomId}` })
    }
  }
  const greatest = new Map<string, number>()
  for (const { roomId, counter } of ledger.counters) greatest.set(roomId, Math.max(counter, greatest.get(roomId) ?? 0))
  for (const [reader, rooms] of collectViews(ledger)) {
    for (const [roomId, seen] of rooms) {
      const last = seen.findLast((event) => event.counter !== undefined)?.counter
      const due = greatest.get(roomId)
      if (due !== undefined && (last ?? 0) < due) {
        findings.push({ check: 'missed event', detail: `${reader} holds the counter of ${roomId} at ${last}, not ${due}` })
      }
    }
  }
  return findings
}
