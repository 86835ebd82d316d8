import t from 'tap'
import type { IncomingHttpHeaders } from 'node:http'
import { WellKnowns } from '../../../src/remote/well-known.ts'
import type { WebClient } from '../../../src/remote/web-client.ts'
import { HOUR_MS, MINUTE_MS } from '../../../src/util/durations.ts'
import { FakeClock } from '../../support/fake-clock.ts'

function build() {
  const clock = new FakeClock()
  const state = { asked: 0, status: 200, headers: {} as IncomingHttpHeaders, body: '{"m.server":"d.test:443"}', gone: false }
  const client: Pick<WebClient, 'request'> = {
    async request() {
      state.asked += 1
      if (state.gone) return { ok: false, problem: 'connection', message: 'gone' }
      return { ok: true, status: state.status, headers: state.headers, body: Buffer.from(state.body) }
    },
  }
  return { state, clock, wellKnowns: new WellKnowns({ client: client as WebClient, clock }) }
}

/** How long an answer with these headers is kept. */
async function keptMs(headers: IncomingHttpHeaders): Promise<number> {
  const { state, clock, wellKnowns } = build()
  state.headers = headers
  await wellKnowns.find('a.test')
  let kept = 0
  for (; state.asked === 1; kept += MINUTE_MS) {
    clock.advance(MINUTE_MS)
    await wellKnowns.find('a.test')
  }
  return kept
}

t.test('what hosts delegate is kept as they wish, within bounds', async (t) => {
  t.equal(await keptMs({}), 24 * HOUR_MS)
  t.equal(await keptMs({ 'cache-control': 'public, max-age=3600' }), HOUR_MS)
  t.equal(await keptMs({ 'cache-control': 'Max-Age="7200"' }), 2 * HOUR_MS)
  t.equal(await keptMs({ 'cache-control': 'max-age=9999999' }), 48 * HOUR_MS)
  t.equal(await keptMs({ 'cache-control': 'max-age=0' }), 5 * MINUTE_MS)
  t.equal(await keptMs({ 'cache-control': 'no-store' }), 5 * MINUTE_MS)
  t.equal(await keptMs({ expires: new Date(1_700_000_000_000 + 3 * HOUR_MS).toUTCString() }), 3 * HOUR_MS)
  t.equal(await keptMs({ expires: '0', 'cache-control': 'max-age=600' }), 10 * MINUTE_MS)
})

t.test('answers that are none', async (t) => {
  const { state, clock, wellKnowns } = build()
  for (const body of ['', 'no', '[]', '{}', '{"m.server":5}', '{"m.server":"a b"}', '{"m.server":"https://a.test"}', '{"m.server":""}']) {
    state.body = body
    t.equal((await wellKnowns.find('a.test')).ok, false, body)
    clock.advance(HOUR_MS)
  }
  state.body = '{"m.server":"d.test"}'
  state.status = 201
  t.equal((await wellKnowns.find('a.test')).ok, false)
})

t.test('failures are kept for a minute, then longer, for an hour at most', async (t) => {
  const { state, clock, wellKnowns } = build()
  state.gone = true
  await Promise.all([wellKnowns.find('a.test'), wellKnowns.find('a.test')])
  t.equal(state.asked, 1, 'who comes together is told together')
  const pauses: number[] = []
  for (let pause = 0; pauses.length < 9;) {
    const before = state.asked
    clock.advance(MINUTE_MS)
    pause += 1
    await wellKnowns.find('a.test')
    if (state.asked === before) continue
    pauses.push(pause)
    pause = 0
  }
  t.same(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60])
  state.gone = false
  clock.advance(HOUR_MS)
  t.equal((await wellKnowns.find('a.test')).ok, true)
})

t.test('a host that cannot be reached for a while keeps what it said, and one that takes it back does not', async (t) => {
  const { state, clock, wellKnowns } = build()
  await wellKnowns.find('a.test')
  state.gone = true
  clock.advance(25 * HOUR_MS)
  t.equal((await wellKnowns.find('a.test')).ok, true)
  clock.advance(24 * HOUR_MS)
  t.equal((await wellKnowns.find('a.test')).ok, false, 'but not for longer than two days')
  state.gone = false
  clock.advance(HOUR_MS)
  t.equal((await wellKnowns.find('a.test')).ok, true)
  state.status = 404
  clock.advance(25 * HOUR_MS)
  t.equal((await wellKnowns.find('a.test')).ok, false)
})
