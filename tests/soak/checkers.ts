// Looks in a ledger for what must never happen. Every checker is a function of the ledger alone and gives what it found.
import { indexHistories, type Ledger, type SeenEvent } from './ledger.ts'
import { findGaps } from './check-readers.ts'
import { findBackwardState, findLostState, findUnreadOwnWrites } from './check-sessions.ts'

export interface Finding {
  readonly check: CheckName
  readonly detail: string
}

export type CheckName =
  | 'acknowledged is lost' | 'sent once, stored twice' | 'one transaction, two events' | 'stored otherwise than sent'
  | 'client order' | 'missed event' | 'repeated event' | 'reader order' | 'unread own write' | 'state went back' | 'refused'

export function checkLedger(ledger: Ledger): Finding[] {
  return [
    ...findRefusals(ledger), ...findLostAcks(ledger), ...findDuplicates(ledger), ...findSplitTransactions(ledger),
    ...findClientDisorder(ledger), ...findGaps(ledger), ...findUnreadOwnWrites(ledger), ...findBackwardState(ledger),
    ...findLostState(ledger),
  ]
}

function findRefusals({ refusals }: Ledger): Finding[] {
  return refusals.map(({ client, what }) => ({ check: 'refused', detail: `${client}: ${what}` }))
}

/** What was acknowledged stands in the room's history, by the same sender and with the same body. */
function findLostAcks(ledger: Ledger): Finding[] {
  const stored = indexHistories(ledger)
  return ledger.acks.flatMap(({ client, roomId, txnId, eventId }): Finding[] => {
    const event = stored.get(roomId)?.get(eventId)
    const sent = `${eventId}, sent by ${client} as ${txnId}`
    if (event === undefined) return [{ check: 'acknowledged is lost', detail: `${sent}, is not in ${roomId}` }]
    if (event.mark === txnId && event.sender === client) return []
    return [{ check: 'stored otherwise than sent', detail: `${sent}, is ${event.mark} of ${event.sender}` }]
  })
}

/** A message is stored at most once, whether it was acknowledged or not, however often it was sent again. */
function findDuplicates({ histories }: Ledger): Finding[] {
  const findings: Finding[] = []
  for (const { roomId, events } of histories) {
    const ids = new Set<string>()
    const marks = new Map<string, string>()
    for (const { eventId, mark } of events) {
      if (ids.has(eventId)) findings.push({ check: 'sent once, stored twice', detail: `${eventId} stands twice in ${roomId}` })
      ids.add(eventId)
      if (mark === undefined) continue
      const earlier = marks.get(mark)
      if (earlier !== undefined && earlier !== eventId) {
        findings.push({ check: 'sent once, stored twice', detail: `${mark} is ${earlier} and ${eventId} in ${roomId}` })
      }
      marks.set(mark, eventId)
    }
  }
  return findings
}

/** A transaction id is a register that is written once: whoever asks with it again gets the same event. */
function findSplitTransactions({ acks }: Ledger): Finding[] {
  const first = new Map<string, string>()
  return acks.flatMap(({ client, roomId, txnId, eventId }): Finding[] => {
    const key = `${client} ${roomId} ${txnId}`
    const earlier = first.get(key) ?? eventId
    first.set(key, earlier)
    if (earlier === eventId) return []
    return [{ check: 'one transaction, two events', detail: `${key} was answered ${earlier} and later ${eventId}` }]
  })
}

/** A client that waits for each acknowledgement finds its messages in the order in which it sent them. */
function findClientDisorder({ intents, histories }: Ledger): Finding[] {
  const sequences = new Map(intents.map(({ txnId, sequence }) => [txnId, sequence]))
  const findings: Finding[] = []
  for (const { roomId, events } of histories) {
    const latest = new Map<string, SeenEvent>()
    for (const event of events) {
      const sequence = event.mark === undefined ? undefined : sequences.get(event.mark)
      if (sequence === undefined) continue
      const before = latest.get(event.sender)
      if (before?.mark !== undefined && (sequences.get(before.mark) ?? 0) > sequence) {
        findings.push({ check: 'client order', detail: `${event.mark} stands after ${before.mark} in ${roomId}` })
      }
      latest.set(event.sender, event)
    }
  }
  return findings
}
