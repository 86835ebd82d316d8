// By how much the database grows with a message and with a state event, in a room of many members.
import pg from 'pg'
import { RequestFailed, sendMessage, type Client } from '../homeserver.ts'
import type { Answer } from '../http-connection.ts'
import { measure, waitUntilQuiet, type Bench, type Row } from '../measure.ts'
import { inParallel } from '../parallel.ts'
import { getRoomOfMembers, type LargeRoom } from './large-rooms.ts'
import { text } from './send.ts'

const width = 8
/** The room's state does not grow for ever: so many keys are set again and again. */
const keyCount = 100

type Write = (client: Client, index: number) => Promise<Answer>

export async function measureDisk(bench: Bench): Promise<Row[]> {
  const { databaseUrl, diskMembers, diskEvents } = bench.settings
  if (databaseUrl === undefined) throw new Error('The workload disk needs --database-url')
  const room = await getRoomOfMembers(bench, diskMembers)
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  const run = Math.random().toString(36).slice(2)
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room.roomId)}/state/bench.state`
  const writes: readonly [string, Write][] = [
    ['a message', (client, index) => sendMessage(client, room.roomId, `${run}-${index}`, `${text} ${index}`)],
    ['a state event', (client, index) => client.ask('PUT', `${path}/${index % keyCount}`, { text, index, run })],
  ]
  const rows: Row[] = []
  for (const [name, write] of writes) {
    const before = await readBytes(bench, database)
    const row = { workload: 'disk', case: `${name}, ${diskMembers} members` }
    const measured = await measure(bench, row, () => writeAll(bench, room, diskEvents, write))
    const bytes = await readBytes(bench, database) - before
    rows.push({ ...measured, metrics: { bytes: bytes / diskEvents, ...measured.metrics } })
  }
  await database.end()
  return rows
}

async function writeAll({ server }: Bench, { senders }: LargeRoom, count: number, write: Write) {
  const lanes = Array.from({ length: width }, () => server.connect(senders[0]))
  const indexes = Array.from({ length: count }, (_, index) => index)
  await inParallel(indexes, width, async (index, lane) => {
    const answer = await write(lanes[lane] ?? server.connect(senders[0]), index)
    if (answer.status !== 200) throw new RequestFailed('A write', answer)
  })
  lanes.forEach((lane) => lane.close())
  return { metrics: {}, operations: count, errors: 0 }
}

/** What was deleted is made free first: it will be used again. */
async function readBytes({ settings }: Bench, database: pg.Client): Promise<number> {
  await waitUntilQuiet(settings, 20_000)
  await database.query('vacuum')
  const result = await database.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes')
  return Number(result.rows[0]?.bytes)
}
