// What it costs a server that clients wait and nothing happens: CPU a client and minute, with the usual long-poll of 30 s.
import { measure, waitUntilQuiet, type Bench, type Row } from '../measure.ts'
import { sleep } from '../parallel.ts'
import { startWaiting, WaitingClient } from '../waiting-client.ts'
import { getWaitingFixture } from './waiting.ts'

const timeoutMs = 30_000

export async function measureIdle(bench: Bench): Promise<Row[]> {
  const { idleClients, pid } = bench.settings
  if (pid === undefined) {
    process.stderr.write('  idle is left out: it needs --pid\n')
    return []
  }
  const accounts = (await getWaitingFixture(bench, idleClients)).slice(0, idleClients)
  const clients = accounts.map((account) => new WaitingClient(bench.server, account, timeoutMs, () => {}))
  await startWaiting(clients)
  await waitUntilQuiet(bench.settings)
  // Whole long-polls, so that every client is answered equally often.
  const seconds = timeoutMs / 1000 * Math.max(1, Math.round(bench.settings.seconds / 20))
  const row = await measure(bench, { workload: 'idle', case: `${accounts.length} waiting` }, async () => {
    await sleep(seconds * 1000)
    const errors = clients.reduce((sum, client) => sum + client.errors, 0)
    return { metrics: { answers: clients.reduce((sum, client) => sum + client.answers, 0) }, operations: accounts.length, errors }
  })
  clients.forEach((client) => client.stop())
  bench.fixtures.save()
  const perMinute = (name: string) => (row.metrics[name] ?? Number.NaN) / seconds * 60
  const metrics = {
    server_cpu_ms_per_client_minute: perMinute('server_cpu_ms_per_op'),
    postgres_cpu_ms_per_client_minute: perMinute('postgres_cpu_ms_per_op'),
  }
  return [{ ...row, metrics }]
}
