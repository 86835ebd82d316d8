import t from 'tap'
import { BOB, PeerWorld, text } from './world.ts'

const world = await PeerWorld.create(t)
const { peer, server } = world
const BEHIND = 150

/** A room in which our server missed much, and got only the last thing that was said. */
async function missMuch() {
  const shared = await world.found()
  shared.serve()
  const before = await shared.say('before')
  const since = String((await world.asAlice('/sync?timeout=0')).body['next_batch'])
  const ids = Array.from({ length: BEHIND }, (_, index) => shared.remote.say(text(BOB, `message ${index}`)))
  const last = ids.at(-1) ?? ''
  peer.on('POST', /get_missing_events/, { body: { events: [] } })
  await world.send({ pdus: shared.remote.jsons([last]) })
  await server.server.settled()
  shared.serve()
  const page = async (from?: string) => {
    const start = from === undefined ? '' : `&from=${from}`
    const answer = await world.asAlice(`/rooms/${encodeURIComponent(shared.roomId)}/messages?dir=b&limit=100${start}`)
    return answer.body as { chunk: { event_id: string }[], end?: string }
  }
  return { shared, ids, last, before, since, page }
}

/** The ids of everything that turning the pages brings, in its order. */
async function readBack(page: Awaited<ReturnType<typeof missMuch>>['page']): Promise<string[]> {
  const seen: string[] = []
  let from: string | undefined
  do {
    const { chunk, end } = await page(from)
    seen.push(...chunk.map((event) => event.event_id))
    from = end
  } while (from !== undefined)
  return seen
}

t.test('history that is missing is fetched when somebody turns the pages', async (t) => {
  const { ids, before, page } = await missMuch()
  const seen = await readBack(page)
  t.same(seen.slice(0, BEHIND), ids.toReversed())
  t.equal(seen.filter((eventId) => eventId === before).length, 1)
  t.equal(new Set(seen).size, seen.length, 'nothing comes twice')
})

t.test('who follows the room is told that something is missing, and where to look for it', async (t) => {
  const { shared: { roomId }, ids, last, since } = await missMuch()
  const followed = async (query: string) => {
    const { timeline } = (await world.asAlice(`/sync?timeout=0${query}`)).body['rooms'].join[roomId]
    return { ...timeline, ids: timeline.events.map((event: { event_id: string }) => event.event_id) }
  }
  const gap = await followed(`&since=${since}`)
  t.match(gap, { ids: [last], limited: true })
  t.match(await followed(''), { ids: [last], limited: true }, 'also who comes anew')
  const { body } = await world.asAlice(`/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=5&from=${gap.prev_batch}`)
  t.same(body['chunk'].map((event: { event_id: string }) => event.event_id), ids.slice(-6, -1).toReversed())
  await server.services.rooms.forget(roomId)
  t.match(await followed(`&since=${since}`), { ids: [last], limited: true }, 'also when it was fetched, and after a restart')
})

t.test('a page is read also where nobody answers, and they are not asked again at once', async (t) => {
  const { last, before, page } = await missMuch()
  peer.on('GET', /\/backfill\//, { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'No' } })
  const asked = () => peer.requests.filter(({ url }) => url.includes('/backfill/')).length
  const first = asked()
  const { chunk, end } = await page()
  t.same(chunk.slice(0, 2).map((event) => event.event_id), [last, before])
  t.match(await page(end), { chunk: [], end: undefined }, 'who wants may come again')
  t.equal(asked(), first + 1)
  await page()
  t.equal(asked(), first + 1)
})

t.test('what nobody has does not stand before what is further back', async (t) => {
  const { shared, ids, page } = await missMuch()
  const { remote } = shared
  const lost = Array.from({ length: 3 }, (_, index) => remote.say(text(BOB, `lost ${index}`)))
  const last = remote.say(text(BOB, 'the end'))
  peer.on('POST', /get_missing_events/, { body: { events: [] } })
  await world.send({ pdus: remote.jsons([last]) })
  await server.server.settled()
  peer.on('GET', /\/backfill\//, async ({ url }) => {
    const wanted = new URL(url, 'https://peer').searchParams.getAll('v')
    if (wanted.includes(lost[2] ?? '')) return { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'It is gone.' } }
    return { body: { pdus: await remote.backfill('', '', wanted, 100) } }
  })
  const seen = await readBack(page)
  t.same(seen.slice(0, BEHIND + 1), [last, ...ids.toReversed()])
})

t.test('getEventByTimestamp finds what other servers know of', async (t) => {
  const { shared, ids, last } = await missMuch()
  const { remote, roomId } = shared
  const tsOf = (eventId: string) => Number(remote.json(eventId)['origin_server_ts'])
  const at = (ts: number, dir: string, token = world.alice.token) => server.api.get(
    `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/timestamp_to_event?ts=${ts}&dir=${dir}`, { token },
  )
  const wanted = ids[20] ?? ''
  t.match((await at(tsOf(wanted), 'f')).body, { event_id: wanted, origin_server_ts: tsOf(wanted) })
  t.match(await shared.event(wanted), { status: 200 })
  t.match((await at(tsOf(last) + 1000, 'b')).body, { event_id: last })
  t.match(await at(tsOf(last) + 1000, 'f'), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  const stranger = await server.register('stranger')
  t.match(await at(0, 'f', stranger.token), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
})
