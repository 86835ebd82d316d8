// Accounts registered, then logged in as a new device, eight at a time.
import { login, type Account } from '../homeserver.ts'
import { measure, type Bench, type Outcome, type Row } from '../measure.ts'
import { inParallel } from '../parallel.ts'
import { latencyMetrics } from '../stats.ts'

const width = 8

export async function measureRegistration(bench: Bench): Promise<Row[]> {
  const { server, fixtures, settings } = bench
  const names = Array.from({ length: settings.accounts }, (_, index) => fixtures.newName(`r${index}`))
  const accounts: Account[] = []
  const registered = await measure(bench, { workload: 'registration', case: 'register' }, () =>
    timeEach(bench, names, async (client, name) => void accounts.push(await server.register(client, name))))
  const loggedIn = await measure(bench, { workload: 'registration', case: 'login' }, () =>
    timeEach(bench, accounts, async (client, account) => void await login(client, account)))
  return [registered, loggedIn]
}

async function timeEach<Item>(
  { server }: Bench,
  items: readonly Item[],
  work: (client: ReturnType<typeof server.connect>, item: Item) => Promise<void>,
): Promise<Outcome> {
  const lanes = Array.from({ length: width }, () => server.connect())
  const startedMs = performance.now()
  const latenciesMs = await inParallel(items, width, async (item, lane) => {
    const itemStartedMs = performance.now()
    await work(lanes[lane] ?? server.connect(), item)
    return performance.now() - itemStartedMs
  })
  const seconds = (performance.now() - startedMs) / 1000
  lanes.forEach((lane) => lane.close())
  const metrics = { per_s: items.length / seconds, ...latencyMetrics('', latenciesMs) }
  return { metrics, operations: items.length, errors: 0 }
}
