// The ways into a room that is not open to all, once for each direction.
import type { Test } from 'tap'
import { eventually } from './eventually.ts'
import { isIn, talk } from './shared-room.ts'
import type { Pair } from './sides.ts'

export async function inviteAndRefuse(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [host, guest] = await Promise.all([home.register('host'), away.register('invited')])
  const roomId = await host.createRoom(version, { preset: 'private_chat', name: 'Private' })
  const query = { server_name: home.serverName, via: home.serverName }
  const refused = await guest.ask('POST', ['v3', 'join', roomId], { body: {}, query })
  test.equal(refused.status, 403, 'nobody comes in without an invitation')
  const invitation = async () => (await guest.sync())['rooms']?.invite?.[roomId]
  const become = (membership: string) => eventually(`${membership} at home`, () => isIn(host, roomId, guest.userId, membership))
  await host.act(roomId, 'invite', guest.userId)
  const invited = await eventually('the invitation', invitation)
  const names = (invited['invite_state'].events as { type: string, content: { name?: string } }[])
    .filter(({ type }) => type === 'm.room.name').map(({ content }) => content.name)
  test.strictSame(names, ['Private'], 'with the name of the room')
  await guest.act(roomId, 'leave')
  await become('leave')
  test.equal(await invitation(), undefined, 'it can be turned down')
  await host.act(roomId, 'invite', guest.userId)
  await eventually('the second invitation', invitation)
  await host.act(roomId, 'kick', guest.userId)
  await eventually('the invitation is taken back', async () => await invitation() === undefined)
  await host.act(roomId, 'invite', guest.userId)
  await eventually('the third invitation', invitation)
  await guest.join(roomId)
  await become('join')
  await talk(test, roomId, host, guest)
}

/** From version 7 on. */
export async function knock(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [host, guest] = await Promise.all([home.register('host'), away.register('knocker')])
  const roomId = await host.createRoom(version, { preset: 'private_chat', name: 'Behind a door' })
  await host.setState(roomId, 'm.room.join_rules', { join_rule: 'knock' })
  const ask = () => guest.call('POST', ['v3', 'knock', roomId], {
    body: { reason: 'Please' }, query: { server_name: home.serverName, via: home.serverName },
  })
  await ask()
  await eventually('the knock is heard', () => isIn(host, roomId, guest.userId, 'knock'))
  const knocked = await eventually('one\'s own knock', async () => (await guest.sync())['rooms']?.knock?.[roomId])
  test.ok((knocked['knock_state'].events as { type: string }[]).some(({ type }) => type === 'm.room.name'), 'with the name of the room')
  // Synapse tells no other server that a knock was taken back.
  if (away.name === 'Synapse') await host.act(roomId, 'kick', guest.userId)
  else await guest.act(roomId, 'leave')
  await eventually('the knock is over', () => isIn(host, roomId, guest.userId, 'leave'))
  await ask()
  await eventually('the knock is heard again', () => isIn(host, roomId, guest.userId, 'knock'))
  await host.act(roomId, 'invite', guest.userId)
  await eventually('the answer', async () => (await guest.sync())['rooms']?.invite?.[roomId])
  await guest.join(roomId)
  await talk(test, roomId, host, guest)
}

/** From version 8 on: whoever is in the space may come in, and the room's server vouches for it. */
export async function joinRestricted(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [host, guest, stranger] = await Promise.all([home.register('host'), away.register('member'), away.register('stranger')])
  const spaceId = await host.createRoom(version, { creation_content: { type: 'm.space' } })
  const joinRules = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: spaceId }] }
  const roomId = await host.createRoom(version, {
    preset: 'private_chat', initial_state: [{ type: 'm.room.join_rules', state_key: '', content: joinRules }],
  })
  const query = { server_name: home.serverName, via: home.serverName }
  const refused = await stranger.ask('POST', ['v3', 'join', roomId], { body: {}, query })
  test.equal(refused.status, 403, 'who is not in the space stays out')
  await guest.join(spaceId, home.serverName)
  await eventually('the guest is in the space', () => isIn(host, spaceId, guest.userId, 'join'))
  await guest.join(roomId, home.serverName)
  await talk(test, roomId, host, guest)
  const membership = await guest.findState(roomId, 'm.room.member', guest.userId)
  test.equal(membership?.['join_authorised_via_users_server'], host.userId, 'with the name of who vouches')
}

export async function findByAlias(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [host, guest] = await Promise.all([home.register('host'), away.register('guest')])
  const localpart = `alias-${version}-${host.deviceId.toLowerCase()}`
  const alias = `#${localpart}:${home.serverName}`
  const roomId = await host.createRoom(version, { room_alias_name: localpart, name: `Room ${localpart}`, visibility: 'public' })
  const found = await guest.call('GET', ['v3', 'directory', 'room', alias])
  test.equal(found['room_id'], roomId, 'an alias leads to its room')
  test.ok((found['servers'] as string[]).includes(home.serverName), 'and names its server')
  const unknown = await guest.ask('GET', ['v3', 'directory', 'room', `#nothing:${home.serverName}`])
  test.equal(unknown.status, 404, 'an alias that does not exist')
  // Without a word to look for Synapse gives what it was answered in the last half minute.
  const list = await guest.call('POST', ['v3', 'publicRooms'], {
    query: { server: home.serverName }, body: { limit: 10, filter: { generic_search_term: localpart } },
  })
  const listed = (list['chunk'] as { room_id: string }[]).map(({ room_id: id }) => id)
  test.strictSame(listed, [roomId], 'the directory of the other server lists it')
  await guest.join(alias)
  await talk(test, roomId, host, guest)
}

export async function upgrade(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [host, guest] = await Promise.all([home.register('host'), away.register('guest')])
  const roomId = await host.createRoom(version, { name: 'Old' })
  await guest.join(roomId, home.serverName)
  const answer = await host.call('POST', ['v3', 'rooms', roomId, 'upgrade'], { body: { new_version: '12' } })
  const replacement = answer['replacement_room'] as string
  const isClosed = async () => (await guest.findState(roomId, 'm.room.tombstone'))?.['replacement_room'] === replacement
  await eventually('the guest sees where the room went', isClosed)
  await guest.join(replacement, home.serverName)
  await talk(test, replacement, host, guest)
  const created = await guest.findState(replacement, 'm.room.create')
  test.equal(created?.['predecessor']?.room_id, roomId, 'the new room names the old one')
}
