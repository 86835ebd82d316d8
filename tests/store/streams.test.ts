import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { internUsers } from '../../src/store/dictionary.ts'
import { settlePositions } from '../../src/store/positions.ts'
import type { HotRows } from '../../src/store/hot-rows.ts'
import { Committer, StaleUnit, type Unit } from '../../src/streams/committer.ts'
import type { Change } from '../../src/streams/changes.ts'
import { Follower } from '../../src/streams/follower.ts'
import { PositionFile } from '../../src/streams/position-file.ts'
import { Stream, unchanged } from '../../src/streams/stream.ts'
import { Transactions } from '../../src/streams/transactions.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLog } from '../../src/util/log.ts'
import { createBrokenLine } from '../support/broken-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { refusal } from '../support/refusal.ts'
import { untilTrue } from '../support/until-true.ts'

interface World { readonly database: Database, readonly stream: Stream, readonly committer: Committer, readonly user: number }

async function createWorld(test: Test): Promise<World> {
  const database = openDatabase(await createTestDatabase(test), silentLog)
  const stream = new Stream({ database, clock: systemClock, log: silentLog }, await settlePositions(database.db))
  const committer = new Committer({ database, stream, clock: systemClock, log: silentLog })
  test.teardown(async () => {
    await committer.close()
    await database.close()
  })
  const users = await internUsers(database.db, ['@a:test'])
  return { database, stream, committer, user: users.get('@a:test') ?? -1 }
}

/** A unit that sets one entry of the account data. */
function setting(user: number, type: string, content: string, more: Partial<Unit> = {}): Unit {
  return {
    positions: 1,
    rows: (first): HotRows => ({ account_data: [[user, 0, type, content, first]] }),
    committed: (first): Change[] => [{ kind: 'account-data', user, pos: first }],
    ...more,
  }
}

const readTypes = async ({ database }: World): Promise<string[]> => {
  const rows = await database.db.selectFrom('account_data').select('type').orderBy('pos').execute()
  return rows.map((row) => row.type)
}

t.test('units that come together are committed together, in their order', async (test) => {
  const world = await createWorld(test)
  const { committer, stream, user } = world
  const announced: (readonly Change[])[] = []
  stream.listen((changes) => announced.push(changes))
  const before = stream.head()
  const positions = await Promise.all(['one', 'two', 'three'].map((type) => committer.submit(setting(user, type, '{}'))))
  test.same(positions, [before + 1, before + 2, before + 3])
  test.equal(stream.head(), before + 3)
  test.same(announced.map((changes) => changes.map((change) => 'pos' in change && change.pos)), [positions], 'one commit told of all')
  test.same(await readTypes(world), ['one', 'two', 'three'])
})

t.test('of two writes to one entry in a batch the later one stays', async (test) => {
  const { committer, database, user } = await createWorld(test)
  await Promise.all(['1', '2', '3'].map((value) => committer.submit(setting(user, 'same', value))))
  const rows = await database.db.selectFrom('account_data').select('content').execute()
  test.same(rows, [{ content: '3' }])
})

t.test('a unit that the database refuses fails alone', async (test) => {
  const world = await createWorld(test)
  const { committer, user } = world
  let failures = 0
  const nobody = 999_999
  const outcomes = await Promise.allSettled([
    committer.submit(setting(user, 'before', '{}')),
    committer.submit(setting(nobody, 'guilty', '{}', { failed: () => void failures++ })),
    committer.submit(setting(user, 'built upon it', '{}', { isStale: () => failures > 0 })),
    committer.submit(setting(user, 'after', '{}')),
  ])
  test.same(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  const [, , stale] = outcomes
  test.ok(stale?.status === 'rejected' && stale.reason instanceof StaleUnit)
  test.same(await readTypes(world), ['before', 'after'])
})

t.test('what waits is bounded by number and by size, and a large unit still gets through', async (test) => {
  const world = await createWorld(test)
  const { committer, stream, user } = world
  const MIB = 1024 * 1024
  const submitted: Promise<number>[] = []
  const submit = (type: string, bytes: number): void => void submitted.push(committer.submit(setting(user, type, '{}', { bytes })))
  const release = await stream.turn.take()
  submit('first', 100 * MIB)
  // It leaves the queue before the next ones come.
  await new Promise((resolve) => setImmediate(resolve))
  for (const type of ['a', 'b', 'c']) submit(type, 30 * MIB)
  await test.rejects(committer.submit(setting(user, 'too much', '{}')), refusal('M_LIMIT_EXCEEDED'))
  test.equal(committer.isBusy(), true)
  release()
  await Promise.all(submitted)
  test.same(await readTypes(world), ['first', 'a', 'b', 'c'])
  test.equal(committer.isBusy(), false)
  const held = await stream.turn.take()
  const many = Array.from({ length: 30_000 }, (_, index) => committer.submit(setting(user, `t${index % 7}`, '{}')))
  held()
  const outcomes = Map.groupBy(await Promise.allSettled(many), ({ status }) => status)
  test.equal(outcomes.get('fulfilled')?.length, 20_000)
  test.ok(outcomes.get('rejected')?.every((outcome) => outcome.status === 'rejected' && outcome.reason.errcode === 'M_LIMIT_EXCEEDED'))
})

t.test('the committer goes on after its connection was cut', async (test) => {
  const world = await createWorld(test)
  const { committer, database, user } = world
  await committer.submit(setting(user, 'first', '{}'))
  const { sql } = await import('kysely')
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(database.db)
  await committer.submit(setting(user, 'second', '{}'))
  test.same(await readTypes(world), ['first', 'second'])
})

t.test('a transaction with conditions takes its position last, in the same order', async (test) => {
  const { committer, stream, user } = await createWorld(test)
  const seen: number[] = []
  stream.listen((changes) => seen.push(...changes.map((change) => 'pos' in change ? change.pos : 0)))
  const conditional = (): Promise<number> => stream.transact(async () => ({
    value: 7,
    positions: 1,
    write: async (trx, first) => {
      await trx.insertInto('device_list_changes').values({ pos: first, user_nid: user }).execute()
      return [{ kind: 'device-list' as const, user, pos: first }]
    },
  }))
  await Promise.all(Array.from({ length: 20 }, (_, index) =>
    index % 2 === 0 ? conditional() : committer.submit(setting(user, `t${index}`, '{}'))))
  test.same(seen, seen.toSorted((a, b) => a - b), 'whoever listens hears positions in their order')
  test.equal(seen.length, 20)
  const head = stream.head()
  test.equal(await stream.transact(() => Promise.resolve(unchanged('nothing'))), 'nothing')
  test.equal(stream.head(), head, 'nothing new takes no position')
})

t.test('a transaction whose end nobody heard of is told of if it was committed, whatever it wrote', async (test) => {
  const line = await createBrokenLine(test, await createTestDatabase(test))
  const database = openDatabase(line.connection, silentLog)
  test.teardown(() => database.close())
  const stream = new Stream({ database, clock: systemClock, log: silentLog }, await settlePositions(database.db))
  const heard: (readonly Change[])[] = []
  stream.listen((changes) => heard.push(changes))
  const transact = (): Promise<string> => stream.transact(() => Promise.resolve({
    value: 'done',
    positions: 1,
    write: (_, pos) => {
      line.loseCommit()
      return Promise.resolve([{ kind: 'key-counts' as const, user: 1, deviceId: 'D', pos }])
    },
  }))
  test.equal(await transact(), 'done')
  test.equal(heard.length, 1)
  await test.rejects(stream.transact(async () => ({
    value: 'refused',
    positions: 1,
    write: async (trx) => {
      await trx.insertInto('filters').values({ user_nid: 999_999, id: 1, filter: '{}', hash: Buffer.alloc(1) } as never).execute()
      return []
    },
  })))
  test.equal(heard.length, 1)
  test.equal(await transact(), 'done', 'and the turn is free')
  line.cut()
  await test.rejects(stream.transact(() => Promise.resolve(unchanged(1))), /cannot be reached/)
})

t.test('a request with a transaction id happens once', async (test) => {
  const { committer, database, user } = await createWorld(test)
  const transactions = new Transactions(database.db)
  let runs = 0
  const owner = { user, deviceId: 'D', tokenId: 1 }
  const send = (deviceId: string): Promise<{ id: number }> => transactions.once(
    { ...owner, deviceId }, { operation: 'sendMessage', path: ['!r', 'm.x'], txnId: 'a' }, async (key) => {
      const id = ++runs
      await committer.submit({
        positions: 1,
        rows: () => ({ transactions: [[key, JSON.stringify({ id }), 0]] }),
        committed: () => [],
      })
      return { id }
    },
  )
  test.same(await Promise.all([send('D'), send('D')]), [{ id: 1 }, { id: 1 }], 'a retry waits for the first')
  test.same(await send('D'), { id: 1 }, 'and gets its answer later')
  test.same(await send('E'), { id: 2 }, 'another device has ids of its own')
})

t.test('positions go on above everything that is stored', async (test) => {
  const { database, committer, user } = await createWorld(test)
  const last = await committer.submit(setting(user, 'x', '{}'))
  const { sql } = await import('kysely')
  await sql`select setval('positions', 1)`.execute(database.db)
  test.equal(await settlePositions(database.db), last)
})

t.test('how far the order came is noted now and then; a disk that refuses it stops nothing', async (test) => {
  const { committer, stream, user } = await createWorld(test)
  const folder = await mkdtemp(join(tmpdir(), 'hearth-position-'))
  test.teardown(() => rm(folder, { recursive: true, force: true }))
  const clock = new FakeClock()
  const log = { ...silentLog, error: () => void complaints++ }
  let complaints = 0
  const refused = new PositionFile({ path: join(folder, 'missing', 'position'), clock, log })
  const noted = new PositionFile({ path: join(folder, 'position'), clock, log })
  test.equal(await noted.read(), 0)
  for (const file of [refused, noted]) file.follow(stream)
  await committer.submit(setting(user, 'one', '{}'))
  clock.advance(1000)
  await untilTrue(() => complaints === 1)
  await committer.submit(setting(user, 'two', '{}'))
  for (const file of [refused, noted]) await file.close(stream)
  test.same([await noted.read(), complaints], [stream.head(), 2])
})

t.test('a follower goes on where it was left, and does again what it could not save', async (test) => {
  const world = await createWorld(test)
  const { database, stream, committer, user } = world
  const clock = new FakeClock()
  const done: (readonly [number, number])[] = []
  let fails = false
  const create = (): Follower => new Follower({
    db: database.db, stream, clock, log: silentLog, name: 'test',
    concerns: (change) => change.kind === 'account-data',
    work: (after, upTo) => {
      if (fails) return Promise.reject(new Error('no'))
      done.push([after, upTo])
      return Promise.resolve()
    },
  })
  const beginning = stream.head()
  const first = create()
  await first.start()
  const one = await committer.submit(setting(user, 'one', '{}'))
  await first.settled()
  test.same(done, [[beginning, one]], 'a new follower begins with what comes')
  fails = true
  const two = await committer.submit(setting(user, 'two', '{}'))
  await first.close()
  fails = false
  const second = create()
  await second.start()
  await second.settled()
  test.same(done, [[beginning, one], [one, two]], 'the next one does what the first could not')
  fails = true
  const three = await committer.submit(setting(user, 'three', '{}'))
  await second.settled()
  fails = false
  clock.advance(1000)
  await second.settled()
  test.same(done.slice(2), [[two, three]], 'and tries again after a pause, though nothing else happens')
  await second.close()
})
