import t from 'tap'
import { WebSocket } from 'ws'
import type { Waiter } from '../../src/http/endpoint.ts'
import type { SyncQuery } from '../../src/http/sync-stream.ts'
import { MatrixError } from '../../src/matrix/errors.ts'
import type { Requester } from '../../src/users/requester.ts'
import { requesters, startFront } from '../support/front.ts'
import { createTestServer } from '../support/server.ts'
import { Talk } from '../support/talk.ts'
import { untilTrue } from '../support/until-true.ts'

type Cleanup = Parameters<typeof startFront>[0]

interface Wait { readonly requester: Requester, readonly query: SyncQuery, readonly waiter: Waiter }

interface Reader {
  readonly socket: WebSocket
  readonly frames: string[]
  readonly pings: number[]
  closed: { code: number, reason: string } | undefined
}

/** A front whose /sync the test answers itself. */
async function start(t: Cleanup, parts: Parameters<typeof startFront>[1] = {}) {
  const waits: Wait[] = []
  const gone: Wait[] = []
  const front = await startFront(t, {
    sync: {
      wait(requester, query, waiter) {
        const wait = { requester, query, waiter }
        waits.push(wait)
        waiter.onClose(() => gone.push(wait))
      },
    },
    ...parts,
  })
  const url = `ws://127.0.0.1:${front.port}/_hearth/client/v1/sync/ws`
  async function waitFor(count: number): Promise<Wait> {
    await untilTrue(() => waits.length >= count)
    const wait = waits[count - 1]
    if (wait === undefined) throw new Error('Nobody waits')
    return wait
  }
  return { ...front, url, waits, gone, waitFor, read: (search = '', protocols: string[] = []) => openReader(`${url}${search}`, protocols) }
}

async function openReader(url: string, protocols: string[]): Promise<Reader> {
  const socket = new WebSocket(url, protocols)
  const reader: Reader = { socket, frames: [], pings: [], closed: undefined }
  socket.on('message', (data) => reader.frames.push(data.toString()))
  socket.on('ping', () => reader.pings.push(reader.pings.length))
  socket.on('close', (code, reason) => {
    reader.closed = { code, reason: reason.toString() }
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.on('open', resolve)
  socket.on('error', reject)
  await promise
  return reader
}

const say = ({ socket }: Reader, frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))

async function closeOf(reader: Reader): Promise<Reader['closed']> {
  await untilTrue(() => reader.closed !== undefined)
  return reader.closed
}

t.test('syncStream: a reader gets what /sync answers, one frame for each acknowledgement', async (t) => {
  const { read, waitFor, waits } = await start(t)
  const reader = await read('?set_presence=offline')
  say(reader, { access_token: 'alice', since: 's1', filter: { room: { timeline: { limit: 5 } } }, full_state: true })
  const first = await waitFor(1)
  t.equal(first.requester.userId, '@alice:test')
  t.match(first.query, { since: 's1', filter: '{"room":{"timeline":{"limit":5}}}', full_state: true, set_presence: 'offline' })
  first.waiter.answer('{"next_batch":"s2"}')
  await untilTrue(() => reader.frames.length === 1)
  t.equal(reader.frames[0], '{"next_batch":"s2"}')
  t.equal(waits.length, 1, 'nothing more is asked for before the acknowledgement')
  say(reader, { ack: 's2' })
  const second = await waitFor(2)
  t.match(second.query, { since: 's2', full_state: false, set_presence: 'offline' })
  second.waiter.answer('{"next_batch":"s3"}')
  await untilTrue(() => reader.frames.length === 2)
  reader.socket.close()
})

t.test('reconnecting resumes from the token that was acknowledged', async (t) => {
  const { read, waitFor, gone } = await start(t)
  const reader = await read()
  say(reader, { access_token: 'alice', since: 's1' })
  const { waiter } = await waitFor(1)
  reader.socket.terminate()
  await untilTrue(() => gone.length === 1)
  waiter.answer('{"next_batch":"s2"}')
  const again = await read('?since=s1')
  say(again, { access_token: 'alice' })
  t.equal((await waitFor(2)).query.since, 's1')
  again.socket.close()
})

t.test('the token may come as a subprotocol, and is not repeated', async (t) => {
  const { read, waitFor } = await start(t)
  const reader = await read('', ['hearth.sync.v1', 'hearth.token.bob'])
  t.equal(reader.socket.protocol, 'hearth.sync.v1')
  say(reader, {})
  t.equal((await waitFor(1)).requester.userId, '@bob:test')
  reader.socket.close()
  const other = await read('', ['hearth.sync.v1', 'hearth.token.bob'])
  say(other, { access_token: 'alice' })
  t.same(await closeOf(other), { code: 4401, reason: 'M_UNKNOWN_TOKEN' })
})

t.test('the token never stands in the address', async (t) => {
  const { url, api } = await start(t)
  await t.rejects(openReader(`${url}?access_token=alice`, []), { message: /400/ })
  await t.rejects(openReader(`${url}?since=a&since=b`, []), { message: /400/ })
  await t.rejects(openReader(url.replace('/sync/ws', '/other'), []), { message: /404/ })
  const plain = await api.get('/_hearth/client/v1/sync/ws')
  t.equal(plain.status, 426)
  t.equal(plain.headers.get('upgrade'), 'websocket')
})

t.test('what a reader says wrong closes the stream with a reason', async (t) => {
  const { read, waitFor, waits } = await start(t)
  const wrong: readonly (readonly [unknown, number, string])[] = [
    [{ access_token: 'wrong' }, 4401, 'M_UNKNOWN_TOKEN'],
    [{ access_token: 'expired' }, 4401, 'M_UNKNOWN_TOKEN'],
    [{ access_token: 'locked' }, 4401, 'M_USER_LOCKED'],
    [{}, 4401, 'M_MISSING_TOKEN'],
    ['{', 4400, 'M_NOT_JSON'],
    ['[]', 4400, 'M_BAD_JSON'],
    [{ access_token: 'alice', since: {} }, 4400, 'M_INVALID_PARAM'],
    [{ access_token: 'alice', set_presence: 'away' }, 4400, 'M_INVALID_PARAM'],
  ]
  for (const [frame, code, reason] of wrong) {
    const reader = await read()
    say(reader, frame)
    t.same(await closeOf(reader), { code, reason }, JSON.stringify(frame))
    t.equal(JSON.parse(reader.frames[0] ?? '{}').errcode, reason, 'the error stands in a frame of its own')
  }
  t.equal(waits.length, 0)
  const early = await read()
  say(early, { access_token: 'alice' })
  await waitFor(1)
  say(early, { ack: 's1' })
  t.same(await closeOf(early), { code: 4400, reason: 'M_BAD_JSON' })
  const huge = await read()
  say(huge, { access_token: 'alice', filter: 'x'.repeat(70_000) })
  t.match(await closeOf(huge), { code: 1009 })
})

t.test('an error of /sync ends the stream', async (t) => {
  const { read, waitFor } = await start(t)
  const reader = await read()
  say(reader, { access_token: 'alice', since: 'nonsense' })
  const { waiter } = await waitFor(1)
  waiter.fail(new MatrixError('M_INVALID_PARAM', 'This is no token of ours.'))
  t.same(await closeOf(reader), { code: 4400, reason: 'M_INVALID_PARAM' })
})

t.test('who does not acknowledge, greet or answer pings is cut off', async (t) => {
  const { read, waitFor, clock } = await start(t)
  const silent = await read()
  clock.advance(11_000)
  t.same(await closeOf(silent), { code: 4408, reason: 'No first frame' })
  const lazy = await read()
  say(lazy, { access_token: 'alice' })
  const { waiter } = await waitFor(1)
  waiter.answer('{"next_batch":"s2"}')
  await untilTrue(() => lazy.frames.length === 1)
  clock.advance(11_000)
  clock.advance(21_000)
  t.same(await closeOf(lazy), { code: 4408, reason: 'No acknowledgement' })
  const alive = await read()
  say(alive, { access_token: 'alice' })
  await waitFor(2)
  for (let count = 1; count <= 3; count++) {
    clock.advance(31_000)
    await untilTrue(() => alive.pings.length === count)
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.equal(alive.closed, undefined, 'who answers pings may wait for as long as it takes')
  alive.socket.pause()
  clock.advance(31_000)
  clock.advance(31_000)
  alive.socket.resume()
  t.match(await closeOf(alive), { code: 1006 })
})

t.test('a slow reader holds one frame and is cut off', async (t) => {
  const { read, waitFor, clock, gone } = await start(t)
  const slow = await read()
  say(slow, { access_token: 'alice' })
  const { waiter } = await waitFor(1)
  slow.socket.pause()
  waiter.answer(`{"next_batch":"s2","x":"${'x'.repeat(20_000_000)}"}`)
  clock.advance(11_000)
  clock.advance(3000)
  slow.socket.resume()
  t.match(await closeOf(slow), { code: 1006 })
  t.equal(gone.length, 0, 'it had its answer')
})

t.test('a token that is revoked ends the stream that waits', async (t) => {
  let isGood = true
  const { read, waitFor, clock, gone } = await start(t, {
    requesters: { findRequester: (token, asserted) => isGood ? requesters.findRequester(token, asserted) : { kind: 'unknown' } },
  })
  const reader = await read()
  say(reader, { access_token: 'alice' })
  await waitFor(1)
  isGood = false
  clock.advance(31_000)
  t.same(await closeOf(reader), { code: 4401, reason: 'M_UNKNOWN_TOKEN' })
  t.equal(gone.length, 1, 'nobody answers it any more')
})

t.test('a server that stops says so', async (t) => {
  const { read, waitFor, front } = await start(t)
  const reader = await read()
  say(reader, { access_token: 'alice' })
  await waitFor(1)
  const closed = front.close()
  t.same(await closeOf(reader), { code: 1012, reason: 'The server stops' })
  await closed
})

interface RoomOfFrame { readonly timeline: { readonly events: readonly { readonly event_id: string }[] } }

interface SyncFrame {
  readonly next_batch: string
  readonly rooms?: { readonly join?: Readonly<Record<string, RoomOfFrame>> }
}

t.test('on the real /sync: news come frame by frame, and again from the acknowledged token after a reconnect', async (t) => {
  const world = await createTestServer(t)
  const talk = new Talk(world.api)
  const alice = await world.register('alice')
  const bob = await world.register('bob')
  const roomId = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, roomId)
  const url = `${world.url.replace('http', 'ws')}/_hearth/client/v1/sync/ws`
  async function frame(reader: Reader, number: number): Promise<{ token: string, eventIds: string[] }> {
    await untilTrue(() => reader.frames.length >= number)
    const body = JSON.parse(reader.frames[number - 1] ?? '') as SyncFrame
    return { token: body.next_batch, eventIds: (body.rooms?.join?.[roomId]?.timeline.events ?? []).map((event) => event.event_id) }
  }
  // Receipts and presence may come in frames of their own, so frames are acknowledged until the event is there.
  async function frameWith(reader: Reader, from: number, eventId: string): Promise<{ token: string, number: number }> {
    for (let number = from; ; number++) {
      const { token, eventIds } = await frame(reader, number)
      if (eventIds.includes(eventId)) return { token, number }
      say(reader, { ack: token })
    }
  }

  const reader = await openReader(url, [])
  say(reader, { access_token: bob.token, set_presence: 'offline' })
  const first = await frame(reader, 1)
  t.ok(first.eventIds.length > 0, 'the first frame is a first sync')
  say(reader, { ack: first.token })
  const one = await talk.say(alice, roomId, 'one')
  const withOne = await frameWith(reader, 2, one)
  const two = await talk.say(alice, roomId, 'two')
  t.equal(reader.frames.length, withOne.number, 'nothing comes before the acknowledgement')
  say(reader, { ack: withOne.token })
  const withTwo = await frameWith(reader, withOne.number + 1, two)
  t.ok(withTwo.number > withOne.number)

  reader.socket.terminate()
  const search = new URLSearchParams({ since: withOne.token, set_presence: 'offline' })
  const again = await openReader(`${url}?${search}`, ['hearth.sync.v1', `hearth.token.${bob.token}`])
  say(again, {})
  const resumed = await frame(again, 1)
  t.same(resumed.eventIds, [two], 'what was not acknowledged comes again, and nothing else')
  again.socket.close()

  const stranger = await openReader(url, [])
  say(stranger, { access_token: 'wrong' })
  t.same(await closeOf(stranger), { code: 4401, reason: 'M_UNKNOWN_TOKEN' })
  const lost = await openReader(url, [])
  say(lost, { access_token: bob.token, since: 'nonsense' })
  t.match(await closeOf(lost), { code: 4400 })

  const waiting = await openReader(`${url}?set_presence=offline`, [])
  say(waiting, { access_token: bob.token, since: withTwo.token })
  const out = await world.api.post('/_matrix/client/v3/logout', { token: bob.token, body: {} })
  t.equal(out.status, 200)
  t.match(await closeOf(waiting), { code: 4401 }, 'a logout ends the stream at once')
})
