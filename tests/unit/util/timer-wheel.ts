import { test } from 'tap'
import fc from 'fast-check'
import { TimerWheel } from '../../../src/util/timer-wheel.ts'
import { FakeClock } from '../../support/fake-clock.ts'

test('a deadline is called once, never early and at most a tick late', async () => {
  const wait = fc.record({ delayMs: fc.integer({ min: 0, max: 5000 }), afterMs: fc.integer({ min: 0, max: 700 }) })
  const delays = fc.array(wait, { maxLength: 40 })
  fc.assert(fc.property(delays, fc.integer({ min: 1, max: 900 }), (waits, stepMs) => {
    const clock = new FakeClock(1000.5)
    // Few slots, so that many deadlines lie more than one turn of the wheel ahead.
    const wheel = new TimerWheel(clock, { tickMs: 100, slotCount: 8 })
    const calls: { dueMs: number, atMs: number }[] = []
    for (const { delayMs, afterMs } of waits) {
      clock.advance(afterMs)
      const dueMs = clock.monotonicMs() + delayMs
      wheel.add(delayMs, () => calls.push({ dueMs, atMs: clock.monotonicMs() }))
    }
    for (let passedMs = 0; passedMs < 6000; passedMs += stepMs) clock.advance(stepMs)
    return wheel.size === 0 && calls.length === waits.length
      && calls.every(({ dueMs, atMs }) => atMs >= dueMs && atMs <= dueMs + 100)
  }))
})

test('what is cancelled is not called', async (t) => {
  const clock = new FakeClock()
  const wheel = new TimerWheel(clock)
  const calls: string[] = []
  const one = wheel.add(1000, () => calls.push('one'))
  wheel.add(1000, () => {
    calls.push('two')
    wheel.add(0, () => calls.push('three'))
  })
  wheel.cancel(one)
  wheel.cancel(one)
  t.equal(wheel.size, 1)
  clock.advance(1000)
  t.same(calls, ['two'])
  clock.advance(500)
  t.same(calls, ['two', 'three'])
  wheel.cancel(one)
  t.equal(wheel.size, 0)
})

test('a long pause of the machine loses nothing', async (t) => {
  const clock = new FakeClock()
  const wheel = new TimerWheel(clock, { tickMs: 10, slotCount: 4 })
  let calls = 0
  for (let delayMs = 5; delayMs < 200; delayMs += 5) wheel.add(delayMs, () => calls++)
  // The clock jumps: no tick between was seen.
  const jumping = Object.assign(clock, { monotonicMs: () => clock.now() })
  jumping.advance(1000)
  t.equal(calls, 39)
  t.equal(wheel.size, 0)
})
