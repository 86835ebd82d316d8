import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { openDatabase, type Connection, type Database } from '../../src/store/database.ts'
import { internUsers } from '../../src/store/dictionary.ts'
import { findCursor, saveCursor } from '../../src/store/follower-cursors.ts'
import { settlePositions } from '../../src/store/positions.ts'
import { Committer, type Unit } from '../../src/streams/committer.ts'
import { Stream } from '../../src/streams/stream.ts'
import { takeOver, type TakeOverParts } from '../../src/streams/take-over.ts'
import type { Tenure } from '../../src/streams/tenure.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLog } from '../../src/util/log.ts'
import { createTestDatabase } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'

const LOST = { message: 'Another process has taken the leases of this one' }

/** What a process has that holds the leases, without the house. */
interface Process { readonly tenure: Tenure, readonly database: Database, readonly stream: Stream, readonly committer: Committer }

async function createWorld(t: Test) {
  const connection = await createTestDatabase(t)
  const lobby = openDatabase(connection, silentLog, 2)
  t.teardown(() => lobby.close())
  const user = (await internUsers(lobby.db, ['@a:test'])).get('@a:test') ?? -1
  return { connection, lobby, user }
}

function queue(t: Test, lobby: Database, more: Partial<TakeOverParts> = {}) {
  const stop = new AbortController()
  const owners: ({ readonly address: string | undefined } | undefined)[] = []
  const taken = takeOver({
    database: lobby, clock: systemClock, log: silentLog, address: 'http://127.0.0.1:1', home: 'here',
    onWait: (owner) => void owners.push(owner),
    signal: stop.signal, ...more,
  })
  t.teardown(async () => {
    stop.abort()
    await (await taken)?.close()
  })
  return { taken, owners, stop }
}

async function begin(t: Test, connection: Connection, taken: Promise<Tenure | undefined>): Promise<Process> {
  const tenure = await taken
  if (tenure === undefined) throw new Error('The leases were not taken')
  const database = openDatabase(connection, silentLog, 4, tenure)
  const stream = new Stream({ database, clock: systemClock, log: silentLog }, await settlePositions(database.db))
  const committer = new Committer({ database, stream, clock: systemClock, log: silentLog })
  t.teardown(async () => {
    await committer.close()
    await database.close()
  })
  return { tenure, database, stream, committer }
}

const unit = (user: number, type: string): Unit => ({
  positions: 1,
  rows: (first) => ({ account_data: [[user, 0, type, '{}', first]] }),
  committed: () => [],
})

/** As when the process has not renewed for ten seconds. */
const expire = async ({ db }: Database): Promise<void> => {
  await sql`update tenures set expires_at = now() - interval '1 s'`.execute(db)
}

t.test('one process holds all leases; the other waits until they are given back', async (t) => {
  const { lobby } = await createWorld(t)
  const first = await queue(t, lobby).taken
  const { taken, owners } = queue(t, lobby, { address: 'http://127.0.0.1:2', home: 'there' })
  const third = queue(t, lobby, { home: 'elsewhere' })
  third.stop.abort()
  t.equal(await third.taken, undefined, 'who is stopped while it waits gets nothing')
  const held = await lobby.db.selectFrom('leases').selectAll().execute()
  t.equal(held.length, 64)
  t.ok(held.every(({ epoch }) => epoch === first?.epoch))
  await first?.close()
  const second = await taken
  t.ok((second?.epoch ?? 0) > (first?.epoch ?? 0), 'a new epoch began')
  t.same(owners[0], { address: 'http://127.0.0.1:1' }, 'it was told where requests go meanwhile')
})

t.test('a process that was paused past its lease writes nothing more, whatever it holds', { timeout: 60_000 }, async (t) => {
  const { connection, lobby, user } = await createWorld(t)
  const clock = new FakeClock()
  const paused = await begin(t, connection, queue(t, lobby, { clock }).taken)
  await paused.committer.submit(unit(user, 'before'))
  // It was stopped between its statements, in the middle of a transaction that holds the lock of the positions.
  const held = await paused.database.pin(() => undefined)
  await held.query('begin')
  await held.query('select pg_advisory_xact_lock(4807001)')
  await held.query(`insert into account_data (user_nid, room_nid, type, content, pos) values (${user}, 0, 'half', '{}', 1000)`)
  await expire(lobby)
  const next = await begin(t, connection, queue(t, lobby, { home: 'there' }).taken)
  await t.rejects(held.query('commit'), 'its connections are gone')
  t.ok(next.stream.head() >= paused.stream.head())

  await t.rejects(paused.committer.submit(unit(user, 'late')), LOST)
  await t.rejects(paused.stream.transact(async () => ({ value: 1, positions: 1, write: async () => [] })), LOST)
  await t.rejects(paused.database.db.updateTable('users').set({ user_id: '@b:test' }).execute(), LOST)
  t.notOk(paused.tenure.isSure())
  t.notOk(await paused.tenure.confirm())
  await paused.tenure.lost
  await next.committer.submit(unit(user, 'after'))
  const rows = await lobby.db.selectFrom('account_data').select('type').orderBy('pos').execute()
  t.same(rows.map(({ type }) => type), ['before', 'after'])
})

t.test('the fence stands in the statement too, where a connection outlives the epoch', async (t) => {
  const { connection, lobby, user } = await createWorld(t)
  const clock = new FakeClock()
  const { committer, stream, tenure } = await begin(t, connection, queue(t, lobby, { clock }).taken)
  await committer.submit(unit(user, 'before'))
  const before = await sql<{ last_value: number }>`select last_value from positions`.execute(lobby.db)
  await lobby.db.deleteFrom('tenures').execute()
  await t.rejects(committer.submit(unit(user, 'late')), LOST)
  await t.rejects(stream.transact(async () => ({ value: 1, positions: 1, write: async () => [] })), LOST)
  await t.rejects(saveCursor(lobby.db, 'follower', 1, tenure), LOST)
  t.equal(await findCursor(lobby.db, 'follower'), undefined)
  const after = await sql<{ last_value: number }>`select last_value from positions`.execute(lobby.db)
  t.same(after.rows, before.rows, 'no position was drawn')
})

t.test('when time has jumped, it looks before it is sure again', async (t) => {
  const { lobby } = await createWorld(t)
  const clock = new FakeClock()
  const tenure = await queue(t, lobby, { clock }).taken
  if (tenure === undefined) throw new Error('The leases were not taken')
  t.ok(tenure.isSure())
  clock.advance(801)
  t.notOk(tenure.isSure(), 'it may have been paused while others took it for dead')
  t.ok(await tenure.confirm())
  t.ok(tenure.isSure())
  await expire(lobby)
  clock.advance(9_001)
  t.notOk(tenure.isSure())
  t.ok(await tenure.confirm(), 'nobody has taken over meanwhile')
  t.ok(tenure.isSure())
  const { rows } = await sql<{ left: number }>`select extract(epoch from expires_at - now())::int as left from tenures`.execute(lobby.db)
  t.ok((rows[0]?.left ?? 0) > 5, 'and it was renewed')
})

t.test('a living process whose connections are cut keeps its leases', async (t) => {
  const { lobby } = await createWorld(t)
  const tenure = await queue(t, lobby).taken
  if (tenure === undefined) throw new Error('The leases were not taken')
  const { owners, taken, stop } = queue(t, lobby, { home: 'there' })
  for (let cut = 0; cut < 3; cut++) {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(lobby.db)
    t.ok(await tenure.confirm())
  }
  const seen = owners.length
  while (owners.length < seen + 3) await systemClock.sleep(50)
  stop.abort()
  t.equal(await taken, undefined)
  t.ok(await tenure.confirm())
})
