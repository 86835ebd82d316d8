import t from 'tap'
import { checkRoom } from './check-room.ts'
import { BOB, CAROL, join, text } from './people.ts'
import { RemoteWorld } from './remote-world.ts'

const world = await RemoteWorld.create(t)
const levels = { users: { '@alice:localhost': 100, [BOB]: 100 } }

t.test('a redaction is carried out when both events are there and its sender may', async (t) => {
  const { events } = world.world.services
  for (const version of ['10', '11']) {
    const shared = await world.found(version, { power_level_content_override: levels })
    const { remote } = shared
    await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
    const redact = (sender: string, redacts: string, prev = remote.ends()) => remote.say({
      sender, type: 'm.room.redaction', redacts, content: version === '11' ? { redacts } : {}, prev,
    })
    const own = remote.say(text(CAROL, 'own'))
    const others = remote.say(text(BOB, 'of somebody else'))
    const early = remote.say(text(CAROL, 'early'))
    await shared.receive(own, others)
    const prev = [others]
    const first = redact(CAROL, own, prev)
    const second = redact(CAROL, others, [first])
    t.same(await shared.kinds(first, second), ['accepted', 'accepted'])
    t.match(await events.findById(own), { redactedBy: first, content: {} })
    t.match(await events.findById(others), { redactedBy: undefined, content: { body: 'of somebody else' } }, 'she may not')
    const before = redact(BOB, early, [second])
    t.same(await shared.kinds(before, early), ['accepted', 'accepted'])
    const event = await events.findById(early)
    t.match(event, { redactedBy: before })
    t.same(event?.content, {})
    const room = await shared.room()
    t.same(room.recent.find(event?.nid ?? 0)?.content, {}, 'also for who follows')
  }
})

t.test('while others speak all that is said here stands in one line', async (t) => {
  const shared = await world.found('11', { power_level_content_override: levels })
  const { remote, roomId } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const forks: string[][] = []
  for (let round = 0; round < 6; round += 1) {
    const prev = remote.ends()
    forks.push([
      remote.say({ sender: BOB, type: 'm.room.topic', stateKey: '', content: { topic: `${round}` }, prev }),
      remote.say({ ...text(CAROL, `${round}`), prev }),
    ])
  }
  const receiving = forks.map((ids) => shared.kinds(...ids))
  const said = Array.from({ length: 30 }, (_, index) => (
    index % 5 === 0
      ? world.talk.set(world.alice, roomId, 'm.x', { index }, `${index % 3}`)
      : world.talk.say(world.alice, roomId, `${index}`)
  ))
  // Signatures are checked at the same time, so that what comes later may be first, and bring what is before it.
  t.ok((await Promise.all(receiving)).flat().every((kind) => kind === 'accepted' || kind === 'known'))
  t.equal(new Set(await Promise.all(said)).size, 30)
  await world.talk.say(world.alice, roomId, 'together')
  await shared.learn()
  const present = await shared.present()
  t.same(present, await shared.stored())
  t.same(present, Object.fromEntries([...remote.stateBefore(remote.ends())].sort(([a], [b]) => a < b ? -1 : 1)))
  await shared.forget()
  t.same(await shared.present(), present)
})

t.test('a redaction that comes with history reaches the state that it redacts', async (t) => {
  const shared = await world.found('11', { power_level_content_override: levels })
  const { remote } = shared
  const topic = (said: string) => ({ sender: BOB, type: 'm.room.topic', stateKey: '', content: { topic: said } })
  const redact = (redacts: string) => ({ sender: BOB, type: 'm.room.redaction', redacts, content: { redacts } })
  await shared.receive(remote.say(join(BOB)))
  const first = remote.say(topic('regretted'))
  await shared.receive(first)
  const redaction = remote.say(redact(first))
  remote.hidden.add(redaction)
  const last = remote.say(text(BOB, 'never mind'))
  t.same(await shared.kinds(last), ['accepted'])
  const room = await shared.room()
  t.match(room.state('m.room.topic')?.content, { topic: 'regretted' })
  const [gap] = await shared.receiving.backfilling.listGaps(room, { pos: Number.MAX_SAFE_INTEGER, offset: 0 }, 1)
  if (gap === undefined) return t.fail('no gap')
  t.equal(await shared.receiving.backfilling.persist(room, gap, { origin: 'b.test', pdus: remote.jsons([redaction]) }), 1)
  t.same(room.state('m.room.topic')?.content, {})
  const summary = async () => (
    await world.db.selectFrom('room_summaries').select('topic').where('room_nid', '=', room.nid).executeTakeFirst()
  )?.topic
  t.equal(await summary(), null, 'also where rooms are listed')
  await shared.forget()
  t.same((await shared.room()).state('m.room.topic')?.content, {})
  t.same(await checkRoom(world, shared), [])
  return undefined
})

t.test('state that was redacted before it came is so from the beginning, whether many were or one', async (t) => {
  const shared = await world.found('11', { power_level_content_override: levels })
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const prev = remote.ends()
  const said = [
    remote.say({ sender: BOB, type: 'm.room.topic', stateKey: '', content: { topic: 'regretted' }, prev }),
    remote.say({ ...text(CAROL, 'one'), prev }), remote.say({ ...text(BOB, 'two'), prev }),
  ]
  const redactions = said.map((redacts) => (
    remote.say({ sender: redacts === said[2] ? CAROL : BOB, type: 'm.room.redaction', redacts, content: { redacts }, prev })
  ))
  t.same(await shared.kinds(...redactions), redactions.map(() => 'accepted'))
  t.same(await shared.kinds(...said), said.map(() => 'accepted'))
  t.same((await shared.room()).state('m.room.topic')?.content, {})
  const { events } = world.world.services
  const redactedBy = async (eventId = '') => (await events.findById(eventId))?.redactedBy
  t.same(await Promise.all(said.map(redactedBy)), [redactions[0], redactions[1], undefined], 'she may not')
  await shared.forget()
  t.same((await shared.room()).state('m.room.topic')?.content, {})
  t.same(await checkRoom(world, shared), [])
})

t.test('a redaction of what a fork replaces at the same moment brings nothing of it back', async (t) => {
  const shared = await world.found('11', { power_level_content_override: levels })
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const prev = remote.ends()
  const ours = await world.talk.set(world.alice, shared.roomId, 'm.room.topic', { topic: 'ours' })
  const theirs = remote.say({ sender: BOB, type: 'm.room.topic', stateKey: '', content: { topic: 'theirs' }, prev, ts: 2_000_000_000_000 })
  const redaction = remote.say({ sender: BOB, type: 'm.room.redaction', redacts: ours, content: { redacts: ours }, prev: [theirs] })
  t.same(await shared.kinds(theirs, redaction), ['accepted', 'accepted'])
  t.equal((await shared.room()).state('m.room.topic')?.eventId, theirs)
  t.same(await shared.stored(), await shared.present())
})
