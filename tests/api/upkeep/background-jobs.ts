import t from 'tap'
import { findJob, listJobs } from '../../../src/store/background-jobs.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { BackgroundJobs, type JobKind, type JobStep, type JobTask } from '../../../src/streams/background-jobs.ts'
import { silentLog } from '../../../src/util/log.ts'
import { createTestDatabase } from '../../support/database.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { finishJobs } from './world.ts'

const database = openDatabase(await createTestDatabase(t), silentLog, 4)
t.teardown(() => database.close())
const { db } = database

interface Runner { readonly jobs: BackgroundJobs, readonly clock: FakeClock, finish(): Promise<void> }

function runner(kinds: readonly JobKind[]): Runner {
  const clock = new FakeClock()
  const jobs = new BackgroundJobs({ db, clock, log: silentLog, kinds })
  return { jobs, clock, finish: () => finishJobs({ services: { backgroundJobs: jobs }, clock }, 500) }
}

/** Counts to what is asked for. */
const counting = (name: string, watch: (task: JobTask) => void | Promise<void> = () => undefined): JobKind => ({
  name,
  async step(task): Promise<JobStep> {
    await watch(task)
    const count = (task.cursor as number | undefined ?? 0) + 1
    return { cursor: count, done: 1, then: count === (task.arguments as { to: number }).to ? 'finish' : 'go on' }
  },
})

t.test('Jobs of a kind are done one after the other, and of each thing one at a time', async (t) => {
  const order: unknown[] = []
  let atOnce = 0
  const { jobs, finish } = runner([counting('serial', async ({ id }) => {
    atOnce += 1
    t.equal(atOnce, 1)
    await new Promise((resolve) => setImmediate(resolve))
    order.push(id)
    atOnce -= 1
  })])
  const first = await jobs.add('serial', 'a', { to: 3 })
  t.equal(await jobs.add('serial', 'a', { to: 9 }), undefined, 'that is being done already')
  const second = await jobs.add('serial', 'b', { to: 2 })
  await finish()
  t.same(order, [first, first, first, second, second])
  t.match(await findJob(db, 'serial', first ?? 0), { state: 'finished', done: 3, cursor: '3', error: null })
  t.type(await jobs.add('serial', 'a', { to: 1 }), 'number', 'what is done may be asked for again')
  await finish()
  await jobs.close()
})

t.test('A step that fails is done again, later and later, and after a while the job is given up until the next start', async (t) => {
  let isBroken = true
  const tried: number[] = []
  const kind = counting('failing', () => {
    tried.push(clock.now())
    if (isBroken) throw new Error('No luck')
  })
  const { jobs, clock, finish } = runner([kind])
  const id = await jobs.add('failing', 'a', { to: 2 }) ?? 0
  await finish()
  t.equal(tried.length, 8)
  t.ok((tried.at(-1) ?? 0) - (tried.at(0) ?? 0) >= 127_000, 'after one second, after two, and so on')
  t.match(await findJob(db, 'failing', id), { state: 'failed', error: 'Error: No luck', cursor: null })
  await jobs.close()
  isBroken = false
  const next = runner([kind])
  await next.jobs.start()
  await next.finish()
  t.match(await findJob(db, 'failing', id), { state: 'finished', error: null, done: 2 })
  await next.jobs.close()
})

t.test('What was stopped goes on where its last step was saved', async (t) => {
  const cursors: unknown[] = []
  const kind = counting('stopped', ({ cursor }) => {
    cursors.push(cursor)
  })
  const first = runner([kind])
  const id = await first.jobs.add('stopped', 'a', { to: 5 }) ?? 0
  while (cursors.length < 2) {
    first.clock.advance(20)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await first.jobs.close()
  t.match(await findJob(db, 'stopped', id), { state: 'running' })
  const second = runner([kind])
  await second.jobs.start()
  await second.finish()
  t.match(await findJob(db, 'stopped', id), { state: 'finished', done: 5 })
  t.same(cursors, [undefined, 1, 2, 3, 4])
  await second.jobs.close()
})

t.test('Work that never ends rests until there is something to do', async (t) => {
  let waiting = 2
  const lasting: JobKind = {
    name: 'lasting',
    async step() {
      if (waiting === 0) return { cursor: 'here', done: 0, then: 'rest' }
      waiting -= 1
      return { cursor: 'there', done: 1, then: 'go on' }
    },
  }
  const { jobs, finish } = runner([lasting])
  const id = await jobs.add('lasting', 'server', {}) ?? 0
  await finish()
  t.match(await findJob(db, 'lasting', id), { state: 'waiting', done: 2, cursor: '"here"' })
  waiting = 1
  t.equal(await jobs.add('lasting', 'server', {}), undefined)
  await finish()
  t.match(await findJob(db, 'lasting', id), { state: 'waiting', done: 3 })
  t.equal((await listJobs(db, { kind: 'lasting', limit: 10 })).length, 1)
  await jobs.close()
})

t.test('Who finds a job moved on by somebody else leaves it alone', async (t) => {
  const kind = counting('shared', async ({ id, cursor }) => {
    if (cursor === undefined) await db.updateTable('background_jobs').set({ cursor: '7' }).where('id', '=', id).execute()
  })
  const { jobs, finish } = runner([kind])
  const id = await jobs.add('shared', 'a', { to: 3 }) ?? 0
  await finish()
  t.match(await findJob(db, 'shared', id), { cursor: '7', done: 0 })
  await jobs.close()
})
