// Backwards through the whole of a long room, page after page, as somebody who exports it would.
import { RequestFailed } from '../homeserver.ts'
import { measure, type Bench, type Row } from '../measure.ts'
import { latencyMetrics } from '../stats.ts'
import { getRoomOfAge } from './large-rooms.ts'

const pageSize = 100

export async function measurePagination(bench: Bench): Promise<Row[]> {
  const events = Math.max(...bench.settings.eventCounts)
  const { roomId, senders } = await getRoomOfAge(bench, events)
  const client = bench.server.connect(senders[0])
  const row = { workload: 'pagination', case: `${events} events, pages of ${pageSize}` }
  const measured = await measure(bench, row, async () => {
    const latenciesMs: number[] = []
    for (let from: string | undefined = ''; from !== undefined;) {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=${pageSize}${from}`
      const answer = await client.ask('GET', path)
      if (answer.status !== 200) throw new RequestFailed('A page', answer)
      latenciesMs.push(answer.endedMs - answer.startedMs)
      const end = /"end"\s*:\s*"([^"]*)"/.exec(answer.body.toString('latin1'))?.[1]
      from = end === undefined ? undefined : `&from=${encodeURIComponent(end)}`
    }
    return { metrics: { pages: latenciesMs.length, ...latencyMetrics('', latenciesMs) }, operations: latenciesMs.length, errors: 0 }
  })
  client.close()
  return [measured]
}
