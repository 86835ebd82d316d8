// What two people do with matrix-js-sdk: everything that the first evening with a new server brings.
import {
  EventType, MsgType, Preset, ReceiptType, RelationType, RoomMemberEvent, RoomEvent, type MatrixClient, type MatrixEvent, type Room,
} from 'matrix-js-sdk'
import type { Test } from 'tap'
import type { HearthProcess } from '../soak/hearth-process.ts'
import { registerClient, startSyncing, until } from './js-sdk-client.ts'

interface Pair { readonly alice: MatrixClient, readonly bob: MatrixClient, readonly roomId: string }

const textOf = (event: MatrixEvent): string => String(event.getContent()['body'])
const timelineOf = (room: Room | null): MatrixEvent[] => room?.getLiveTimeline().getEvents() ?? []
const findText = (client: MatrixClient, roomId: string, text: string): MatrixEvent | undefined =>
  timelineOf(client.getRoom(roomId)).find((event) => textOf(event) === text)

export async function talkWithJsSdk(test: Test, server: HearthProcess): Promise<void> {
  const alice = await registerClient(server.url, 'alice')
  const bob = await registerClient(server.url, 'bob')
  await Promise.all([startSyncing(alice), startSyncing(bob)])
  try {
    const roomId = await meet(test, alice, bob)
    const pair = { alice, bob, roomId }
    await test.test('messages, edits, reactions, threads and redactions reach the other', (sub) => talk(sub, pair))
    await test.test('receipts and typing reach the other', (sub) => watch(sub, pair))
    await test.test('history pages back to the creation of the room', (sub) => paginate(sub, pair))
    await test.test('a client goes on after the server was killed and started again', (sub) => outlive(sub, pair, server))
  } finally {
    alice.stopClient()
    bob.stopClient()
  }
}

async function meet(test: Test, alice: MatrixClient, bob: MatrixClient): Promise<string> {
  const { room_id: roomId } = await alice.createRoom({ name: 'Kitchen', preset: Preset.PrivateChat, invite: [bob.getSafeUserId()] })
  await until(bob, 'the invite', () => bob.getRoom(roomId)?.getMyMembership() === 'invite')
  test.equal(bob.getRoom(roomId)?.name, 'Kitchen', 'an invite tells the name of the room')
  await bob.joinRoom(roomId)
  await until(bob, 'the join', () => bob.getRoom(roomId)?.getMyMembership() === 'join')
  await until(alice, 'the other in the room', () => alice.getRoom(roomId)?.getMember(bob.getSafeUserId())?.membership === 'join')
  return roomId
}

async function talk(test: Test, { alice, bob, roomId }: Pair): Promise<void> {
  const { event_id: hello } = await alice.sendTextMessage(roomId, 'hello')
  const seen = await until(bob, 'hello', () => findText(bob, roomId, 'hello'))
  test.equal(seen.getId(), hello)
  test.ok(findText(alice, roomId, 'hello')?.getUnsigned().transaction_id, 'the sender recognises the own message')

  await alice.sendEvent(roomId, EventType.RoomMessage, {
    msgtype: MsgType.Text, body: '* hello there', 'm.new_content': { msgtype: MsgType.Text, body: 'hello there' },
    'm.relates_to': { rel_type: RelationType.Replace, event_id: hello },
  })
  await until(bob, 'the edit', () => textOf(seen) === 'hello there')

  await bob.sendEvent(roomId, EventType.Reaction, { 'm.relates_to': { rel_type: RelationType.Annotation, event_id: hello, key: '👍' } })
  await until(alice, 'the reaction', () => {
    const relations = alice.getRoom(roomId)?.relations.getChildEventsForEvent(hello, RelationType.Annotation, EventType.Reaction)
    return relations?.getSortedAnnotationsByKey()?.some(([key]) => key === '👍')
  })

  const { event_id: inThread } = await bob.sendEvent(roomId, hello, EventType.RoomMessage, { msgtype: MsgType.Text, body: 'in a thread' })
  const thread = await until(alice, 'the thread', () => alice.getRoom(roomId)?.getThread(hello) ?? undefined)
  await until(alice, 'the reply in the thread', () => thread.events.some((event) => event.getId() === inThread))

  const { event_id: regretted } = await bob.sendTextMessage(roomId, 'oops')
  const oops = await until(alice, 'oops', () => findText(alice, roomId, 'oops'))
  await bob.redactEvent(roomId, regretted, undefined, { reason: 'a slip' })
  await until(alice, 'the redaction', () => oops.isRedacted())
}

async function watch(test: Test, { alice, bob, roomId }: Pair): Promise<void> {
  const { event_id: news } = await alice.sendTextMessage(roomId, 'news')
  const event = await until(bob, 'news', () => findText(bob, roomId, 'news'))
  await until(bob, 'an unread message', () => (bob.getRoom(roomId)?.getUnreadNotificationCount() ?? 0) > 0)
  const read = new Promise<void>((resolve) => alice.on(RoomEvent.Receipt, (_event, room) => {
    if (room.getReadReceiptForUserId(bob.getSafeUserId(), true)?.eventId === news) resolve()
  }))
  await bob.sendReadReceipt(event, ReceiptType.Read)
  await read
  await until(bob, 'nothing unread', () => bob.getRoom(roomId)?.getUnreadNotificationCount() === 0)
  const typing = new Promise<void>((resolve) => alice.on(RoomMemberEvent.Typing, (_event, member) => {
    if (member.userId === bob.getUserId() && member.typing) resolve()
  }))
  await bob.sendTyping(roomId, true, 5_000)
  await typing
  test.pass('the receipt and the typing came')
}

async function paginate(test: Test, { alice, bob, roomId }: Pair): Promise<void> {
  for (let number = 1; number <= 30; number++) await alice.sendTextMessage(roomId, `line ${number}`)
  await until(bob, 'the last line', () => findText(bob, roomId, 'line 30'))
  const room = bob.getRoom(roomId)
  if (room === null) throw new Error('The room is gone')
  for (let page = 0; page < 20; page++) {
    if ((await bob.scrollback(room, 10)).oldState.paginationToken === null) break
  }
  const types = timelineOf(room).map((event) => event.getType())
  test.equal(types[0], 'm.room.create', 'the first event is the creation')
  const ids = timelineOf(room).map((event) => event.getId())
  test.equal(new Set(ids).size, ids.length, 'nothing came twice')
  const lines = timelineOf(room).map(textOf).filter((text) => text.startsWith('line '))
  test.same(lines, Array.from({ length: 30 }, (_, index) => `line ${index + 1}`), 'every line is there, in order')
}

async function outlive(test: Test, { alice, bob, roomId }: Pair, server: HearthProcess): Promise<void> {
  await server.kill()
  await server.start()
  alice.retryImmediately()
  bob.retryImmediately()
  const { event_id: back } = await alice.sendTextMessage(roomId, 'back again')
  const seen = await until(bob, 'back again', () => findText(bob, roomId, 'back again'), 40_000)
  test.equal(seen.getId(), back)
}
