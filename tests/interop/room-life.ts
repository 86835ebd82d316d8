// What happens in a room every day, once from each side.
import type { Test } from 'tap'
import { eventually } from './eventually.ts'
import type { Person } from './person.ts'
import { isIn, see, shareRoom, talk, type SharedRoom } from './shared-room.ts'
import type { Pair } from './sides.ts'

export async function liveInRoom(test: Test, pair: Pair, version: string): Promise<void> {
  const shared = await shareRoom(pair, version)
  const { roomId, host, guest } = shared
  test.equal((await guest.findState(roomId, 'm.room.name'))?.['name'], 'First name', 'the state came with the join')
  await talk(test, roomId, host, guest)
  for (const [writer, reader] of [[host, guest], [guest, host]] as const) {
    await editAndRedact(test, roomId, writer, reader)
    await readAndType(test, roomId, writer, reader)
  }
  await changeState(test, shared)
  await comeAndGo(test, shared, pair.home.serverName)
}

async function editAndRedact(test: Test, roomId: string, writer: Person, reader: Person): Promise<void> {
  const eventId = await writer.say(roomId, 'helo')
  const edit = await writer.send(roomId, {
    msgtype: 'm.text', body: '* hello', 'm.new_content': { msgtype: 'm.text', body: 'hello' },
    'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
  })
  await see(reader, roomId, edit)
  const edited = await reader.call('GET', ['v3', 'rooms', roomId, 'event', eventId])
  test.equal(edited['unsigned']['m.relations']?.['m.replace']?.event_id, edit, 'the edit is bundled')
  const gone = await writer.say(roomId, 'to be gone')
  await see(reader, roomId, gone)
  await writer.redact(roomId, gone)
  await eventually('what was redacted is empty', async () => {
    const event = await reader.findEvent(roomId, gone)
    return event !== undefined && Object.keys(event.content).length === 0
  })
}

async function readAndType(test: Test, roomId: string, writer: Person, reader: Person): Promise<void> {
  const eventId = await writer.say(roomId, 'read me')
  await see(reader, roomId, eventId)
  await reader.call('POST', ['v3', 'rooms', roomId, 'receipt', 'm.read', eventId], { body: {} })
  const ephemeral = async (type: string): Promise<Record<string, any> | undefined> =>
    ((await writer.findJoined(roomId))?.['ephemeral'].events as { type: string, content: object }[])
      .find((event) => event.type === type)?.content
  const hasRead = async () => reader.userId in ((await ephemeral('m.receipt'))?.[eventId]?.['m.read'] ?? {})
  await eventually(`${writer.userId} sees the receipt`, hasRead)
  await reader.call('PUT', ['v3', 'rooms', roomId, 'typing', reader.userId], { body: { typing: true, timeout: 30_000 } })
  const isTyping = async () => ((await ephemeral('m.typing'))?.['user_ids'] ?? []).includes(reader.userId)
  await eventually(`${writer.userId} sees the typing`, isTyping)
  await reader.call('PUT', ['v3', 'rooms', roomId, 'typing', reader.userId], { body: { typing: false } })
  await eventually('the typing ends', async () => !await isTyping())
  test.pass('receipts and typing are seen')
}

async function changeState(test: Test, { roomId, host, guest }: SharedRoom): Promise<void> {
  await host.setState(roomId, 'm.room.name', { name: 'Second name' })
  await eventually('the name', async () => (await guest.findState(roomId, 'm.room.name'))?.['name'] === 'Second name')
  const powers = await host.findState(roomId, 'm.room.power_levels')
  const refused = await guest.ask('PUT', ['v3', 'rooms', roomId, 'state', 'm.room.topic', ''], { body: { topic: 'No' } })
  test.equal(refused.status, 403, 'who has no power changes nothing')
  await host.setState(roomId, 'm.room.power_levels', { ...powers, users: { ...powers?.['users'], [guest.userId]: 50 } })
  await eventually('the power', async () => (await guest.findState(roomId, 'm.room.power_levels'))?.['users']?.[guest.userId] === 50)
  await guest.setState(roomId, 'm.room.topic', { topic: 'A topic' })
  await eventually('the topic', async () => (await host.findState(roomId, 'm.room.topic'))?.['topic'] === 'A topic')
}

async function comeAndGo(test: Test, { roomId, host, guest }: SharedRoom, via: string): Promise<void> {
  const becomes = (membership: string) =>
    eventually(`${membership} of the guest`, () => isIn(host, roomId, guest.userId, membership))
  const isTold = () => eventually('the guest is told', async () => {
    const { join, leave } = (await guest.sync())['rooms'] ?? {}
    return join?.[roomId] === undefined && leave?.[roomId] !== undefined
  })
  await guest.act(roomId, 'leave')
  await becomes('leave')
  await guest.join(roomId, via)
  await becomes('join')
  await talk(test, roomId, host, guest)
  await host.act(roomId, 'kick', guest.userId)
  await isTold()
  await guest.join(roomId, via)
  await becomes('join')
  await host.act(roomId, 'ban', guest.userId)
  await isTold()
  const refused = await guest.ask('POST', ['v3', 'join', roomId], { body: {}, query: { via, server_name: via } })
  test.equal(refused.status, 403, 'whoever is banned stays out')
  await host.act(roomId, 'unban', guest.userId)
  await guest.join(roomId, via)
  await becomes('join')
  await talk(test, roomId, host, guest)
}
