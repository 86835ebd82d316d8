import t from 'tap'
import { ScriptedPeer } from '../../support/peers.ts'
import { PeerWorld } from '../receiving/world.ts'
import { foundTowns } from './two-world.ts'

// They are all there before the first test begins, since tests that wait for something end when nothing runs.
export const towns = await foundTowns(t)
export const partialWorld = await PeerWorld.create(t)

const { one, two, three, world } = towns

export const people = {
  alice: await one.server.register('alice'),
  bob: await two.server.register('bob'),
  ben: await two.server.register('ben'),
  carl: await three.server.register('carl'),
}
await Promise.all([one.sync(people.alice), two.sync(people.bob), two.sync(people.ben), three.sync(people.carl)])

export const peers = {
  evil: await ScriptedPeer.start(t, { network: world.network, name: 'evil.hearth.test' }),
  stranger: await ScriptedPeer.start(t, { network: world.network, name: 'x.hearth.test' }),
}
export const firstRoom = await one.talk.create(people.alice, { preset: 'public_chat', room_version: '11' })
