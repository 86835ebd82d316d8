import t from 'tap'
import { Backlog, type Task } from '../../../src/federation/receiving/backlog.ts'
import { limitExceeded } from '../../../src/matrix/errors.ts'
import { silentLog } from '../../../src/util/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const MEGABYTE = 1024 * 1024

/** A backlog of what is written down in an array. */
function open(work: (nid: number, attempt: number) => Promise<void> | void = () => undefined, reading: () => void = () => undefined) {
  const clock = new FakeClock()
  const written: Task[] = []
  const done: number[] = []
  const setAside: number[] = []
  const attempts = new Map<number, number>()
  const listed: number[] = []
  const strike = (nid: number) => written.splice(written.findIndex((item) => item.nid === nid), 1)
  const backlog = new Backlog<string, Task>({
    clock, log: silentLog,
    async list(_, limit) {
      const items = written.slice(0, limit)
      listed.push(items.length)
      await Promise.resolve()
      reading()
      return items
    },
    async work(_, items) {
      for (const { nid } of items) {
        attempts.set(nid, (attempts.get(nid) ?? 0) + 1)
        await work(nid, attempts.get(nid) ?? 0)
      }
    },
    async finish(items) {
      for (const { nid } of items) {
        strike(nid)
        done.push(nid)
      }
    },
    async setAside(item) {
      strike(item.nid)
      setAside.push(item.nid)
    },
  })
  const add = (nids: readonly number[], size = 1) => {
    const items = nids.map((nid) => ({ nid, size }))
    written.push(...items)
    backlog.add('room', items)
  }
  const settled = async () => {
    let isSettled = false
    void backlog.settled().then(() => {
      isSettled = true
    })
    while (!isSettled) {
      clock.advance(100)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { backlog, written, done, setAside, attempts, listed, add, settled }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

t.test('what waits is done in order, and read back where it is too much for the memory', async (t) => {
  const { backlog, written, done, listed, add, settled } = open()
  add([1, 2])
  add([3, 4], 20 * MEGABYTE)
  add([5])
  await settled()
  t.same(done, [1, 2, 3, 4, 5], 'each once')
  t.same(written, [])
  t.ok(listed.length > 0)
  add(upTo(120), MEGABYTE)
  await settled()
  t.same(done.slice(5), upTo(120), 'each once')
  t.equal(backlog.idle('room'), undefined)
})

t.test('what comes while it is read what is written down is done once', async (t) => {
  const coming = [6, 7]
  const { done, add, settled } = open(undefined, () => {
    if (coming.length > 0) add(coming.splice(0, 1))
  })
  add([1, 2, 3, 4, 5], 20 * MEGABYTE)
  await settled()
  t.same(done, [1, 2, 3, 4, 5, 6, 7])
})

t.test('what fails is tried again and set aside, and holds up nothing', async (t) => {
  const { done, setAside, attempts, add, settled } = open((nid) => {
    if (nid === 2) throw new Error('Poison')
  })
  add([1, 2, 3])
  await settled()
  t.same(done, [1, 3])
  t.same(setAside, [2])
  t.equal(attempts.get(2), 4, 'once with the others and three times alone')
})

t.test('whoever is busy is waited for', async (t) => {
  const { done, setAside, add, settled } = open((_, attempt) => {
    if (attempt < 7) throw limitExceeded(1000)
  })
  add([1])
  await settled()
  t.same({ done, setAside }, { done: [1], setAside: [] })
})

t.test('what is done when the end comes stays written down', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { backlog, written, done, add } = open(() => promise)
  add([1])
  await new Promise((resolve) => setImmediate(resolve))
  const closed = backlog.close()
  resolve()
  await closed
  t.same(done, [])
  t.same(written.map(({ nid }) => nid), [1])
})
