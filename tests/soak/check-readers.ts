import type { Finding } from './checkers.ts'
import type { Ledger, SeenEvent } from './ledger.ts'

/** What each reader saw of each room, in the order in which it saw it: fills before the timelines that they precede. */
export function collectViews({ batches }: Ledger): Map<string, Map<string, SeenEvent[]>> {
  const views = new Map<string, Map<string, SeenEvent[]>>()
  for (const { reader, rooms } of batches) {
    const view = views.get(reader) ?? new Map<string, SeenEvent[]>()
    views.set(reader, view)
    for (const { roomId, fill, timeline } of rooms) {
      const seen = view.get(roomId) ?? []
      view.set(roomId, seen)
      seen.push(...fill, ...timeline)
    }
  }
  return views
}

/**
 * What a reader saw of a room is, from its first event on, the room's history: nothing missing, nothing twice, in the same order
 * as for every other reader, up to the last event.
 */
export function findGaps(ledger: Ledger): Finding[] {
  const histories = new Map(ledger.histories.map(({ roomId, events }) => [roomId, events.map((event) => event.eventId)]))
  const findings: Finding[] = []
  for (const [reader, rooms] of collectViews(ledger)) {
    for (const [roomId, history] of histories) {
      const seen = rooms.get(roomId)?.map((event) => event.eventId) ?? []
      if (seen.length > 0) findings.push(...compareWithHistory(`${reader} in ${roomId}`, seen, history))
    }
  }
  return findings
}

function compareWithHistory(where: string, seen: readonly string[], history: readonly string[]): Finding[] {
  const findings: Finding[] = []
  const seenSet = new Set<string>()
  const once: string[] = []
  for (const eventId of seen) {
    if (seenSet.has(eventId)) findings.push({ check: 'repeated event', detail: `${eventId} was given twice to ${where}` })
    else once.push(eventId)
    seenSet.add(eventId)
  }
  const historySet = new Set(history)
  const start = history.findIndex((eventId) => seenSet.has(eventId))
  const due = start < 0 ? [] : history.slice(start)
  for (const eventId of due) {
    if (!seenSet.has(eventId)) findings.push({ check: 'missed event', detail: `${eventId} never reached ${where}` })
  }
  for (const eventId of once) {
    const detail = `${eventId} reached ${where} and is gone`
    if (!historySet.has(eventId)) findings.push({ check: 'acknowledged is lost', detail })
  }
  // Both hold the same events now, so that only their order can differ.
  const both = once.filter((eventId) => historySet.has(eventId))
  const expected = due.filter((eventId) => seenSet.has(eventId))
  const flip = both.findIndex((eventId, index) => eventId !== expected[index])
  const detail = `${where} saw ${both[flip]} where the history has ${expected[flip]}`
  if (flip >= 0) findings.push({ check: 'reader order', detail })
  return findings
}
