import { percentile } from '../../bench/stats.ts'
import type { Finding } from './checkers.ts'
import type { SoakReport } from './soak.ts'

/** The run in figures, for people. */
export function summarize({ ledger, findings, seconds, retries, gaps }: SoakReport): string {
  const { kills, intents, acks, batches, histories, counters } = ledger
  const readyMs = kills.map((kill) => kill.readyMs).sort((a, b) => a - b)
  const acknowledged = new Set(acks.map((ack) => `${ack.client} ${ack.txnId}`))
  const perSecond = Math.round(acknowledged.size / seconds)
  const delivered = batches.reduce((sum, { rooms }) =>
    sum + rooms.reduce((roomSum, room) => roomSum + room.timeline.length + room.fill.length, 0), 0)
  return [
    `kills            ${kills.length} in ${Math.round(seconds)} s; answers again after ${Math.round(percentile(readyMs, 0.5))} ms`
      + ` (median), ${Math.round(readyMs.at(-1) ?? 0)} ms (longest)`,
    `messages         ${intents.length} intended, ${acknowledged.size} acknowledged (${perSecond} a second),`
      + ` ${acks.length - acknowledged.size} asked for again after that, ${retries} requests repeated`,
    `state            ${counters.length} changes acknowledged`,
    `readers          ${batches.length} answers of /sync, ${delivered} events delivered, ${gaps} gaps filled by /messages`,
    `history          ${histories.reduce((sum, { events }) => sum + events.length, 0)} events in ${histories.length} rooms`,
    summarizeFindings(findings),
  ].join('\n')
}

export function summarizeFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'result           nothing lost, nothing twice, no gap, no disorder'
  const counts = [...Map.groupBy(findings, (finding) => finding.check)].map(([check, found]) => `${found.length} × ${check}`)
  const examples = findings.slice(0, 20).map(({ check, detail }) => `  ${check}: ${detail}`)
  return [`result           ${counts.join(', ')}`, ...examples].join('\n')
}
