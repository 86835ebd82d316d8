// Before the first message in a large encrypted room: the keys of the devices of a thousand users, and one key of each device.
import { makeAccounts } from '../fixtures.ts'
import { RequestFailed, type Account, type Client } from '../homeserver.ts'
import { measure, type Bench, type Outcome, type Row } from '../measure.ts'
import { inParallel } from '../parallel.ts'
import { latencyMetrics } from '../stats.ts'

const width = 8
const times = 10
const key = 'A'.repeat(43)
const signature = 'C'.repeat(86)

export async function measureKeys(bench: Bench): Promise<Row[]> {
  const count = bench.settings.keyOwners
  const accounts = await bench.fixtures.get(`keys ${count}`, () => makeAccounts(bench, 'keys', count))
  const run = Math.random().toString(36).slice(2, 8)
  await uploadKeys(bench, accounts, run)
  const [reader] = accounts
  if (reader === undefined) throw new Error('Nobody reads')
  const client = bench.server.connect(reader)
  const query = { device_keys: Object.fromEntries(accounts.map(({ userId }) => [userId, []])) }
  const wanted = Object.fromEntries(accounts.map(({ userId, deviceId }) => [userId, { [deviceId]: 'signed_curve25519' }]))
  const rows = [
    await measure(bench, { workload: 'keys', case: `query ${count} users` }, () => askAgain(client, '/keys/query', query)),
    await measure(bench, { workload: 'keys', case: `claim from ${count} devices` }, () => (
      askAgain(client, '/keys/claim', { one_time_keys: wanted }, countKeys(accounts, run))
    )),
  ]
  client.close()
  return rows
}

/** The device keys, and as many one-time keys as will be claimed. */
async function uploadKeys({ server }: Bench, accounts: readonly Account[], run: string): Promise<void> {
  const lanes = Array.from({ length: width }, () => server.connect())
  await inParallel(accounts, width, async (account, lane) => {
    const { userId, deviceId } = account
    const signatures = { [userId]: { [`ed25519:${deviceId}`]: signature } }
    const oneTimeKeys = Array.from({ length: times }, (_, n) => [`signed_curve25519:${run}${n}`, { key, signatures }])
    await (lanes[lane] ?? server.connect()).as(account).call('POST', '/_matrix/client/v3/keys/upload', {
      device_keys: {
        user_id: userId, device_id: deviceId, algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
        keys: { [`curve25519:${deviceId}`]: key, [`ed25519:${deviceId}`]: key }, signatures,
      },
      one_time_keys: Object.fromEntries(oneTimeKeys),
    })
  })
  lanes.forEach((lane) => lane.close())
}

/** Counts what is wrong in the answer of a claim: each device has given a key of this run that it had not given before. */
function countKeys(accounts: readonly Account[], run: string): (body: string) => number {
  const given = new Set<string>()
  return (body) => {
    const answer = JSON.parse(body) as { one_time_keys: Record<string, Record<string, Record<string, unknown>>> }
    return accounts.filter(({ userId, deviceId }) => {
      const name = `${userId} ${Object.keys(answer.one_time_keys[userId]?.[deviceId] ?? {})[0]}`
      const isFresh = name.includes(run) && !given.has(name)
      given.add(name)
      return !isFresh
    }).length
  }
}

async function askAgain(
  client: Client, path: string, body: Record<string, unknown>, countWrong: (body: string) => number = () => 0,
): Promise<Outcome> {
  const latenciesMs: number[] = []
  const bodies: string[] = []
  for (let time = 0; time < times; time += 1) {
    const answer = await client.ask('POST', `/_matrix/client/v3${path}`, body)
    if (answer.status !== 200) throw new RequestFailed(path, answer)
    latenciesMs.push(answer.endedMs - answer.startedMs)
    bodies.push(answer.body.toString())
  }
  const errors = bodies.reduce((sum, text) => sum + countWrong(text), 0)
  return { metrics: { ...latencyMetrics('', latenciesMs), answer_kb: (bodies[0]?.length ?? 0) / 1000 }, operations: times, errors }
}
