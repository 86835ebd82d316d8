import type { Test } from 'tap'
import { Dice } from '../../soak/dice.ts'
import { createEncryptionWorld, deviceKeysOf } from '../../support/encryption-world.ts'

type World = Awaited<ReturnType<typeof createEncryptionWorld>>
type Device = Awaited<ReturnType<World['addDevice']>>

type Happening =
  | { readonly kind: 'membership', readonly pos: number, readonly user: number, readonly room: number, readonly isJoin: boolean }
  | { readonly kind: 'keys', readonly pos: number, readonly user: number }

const USERS = 6
const ROOMS = 4
const STEPS = 250
const MEMBERSHIPS = ['join', 'join', 'join', 'leave', 'leave', 'invite', 'ban']

const below = (dice: Dice, end: number): number => Math.floor(dice.between(0, end))

function pick<T>(dice: Dice, from: readonly T[]): T {
  const found = from[below(dice, from.length)]
  if (found === undefined) throw new Error('There is nothing to pick from')
  return found
}

/** Who shares a room with whom, as simply as it can be said. */
class Model {
  readonly happenings: Happening[] = []

  /** The rooms in which a user is at a position. */
  #roomsOf(user: number, at: number): Set<number> {
    const rooms = new Set<number>()
    for (const happening of this.happenings) {
      if (happening.kind !== 'membership' || happening.user !== user || happening.pos > at) continue
      if (happening.isJoin) rooms.add(happening.room)
      else rooms.delete(happening.room)
    }
    return rooms
  }

  isSharing(one: number, other: number, at: number): boolean {
    return !this.#roomsOf(one, at).isDisjointFrom(this.#roomsOf(other, at))
  }

  changedKeys(user: number, from: number): boolean {
    return this.happenings.some(({ kind, pos, user: other }) => kind === 'keys' && other === user && pos > from)
  }

  /** Whether the two did not share a room at some time since a position. */
  wereApart(one: number, other: number, from: number): boolean {
    const moments = [from, ...this.happenings.map(({ pos }) => pos).filter((pos) => pos > from)]
    return moments.some((at) => !this.isSharing(one, other, at))
  }

  moved(user: number, from: number): boolean {
    return this.happenings.some(({ kind, pos, user: other }) => kind === 'membership' && other === user && pos > from)
  }
}

interface Told { readonly changed: readonly string[], readonly left: readonly string[] }

/** What is wrong with what a reader was told of everything after a position. */
function findFaults(model: Model, devices: readonly Device[], reader: Device, from: number, { changed, left }: Told): string[] {
  const now = model.happenings.at(-1)?.pos ?? 0
  return devices.flatMap(({ user, userId }) => {
    const [isChanged, isLeft] = [changed.includes(userId), left.includes(userId)]
    if (user === reader.user) {
      // Who joins a room where others are is told of himself as well, for his other devices.
      const may = model.changedKeys(user, from) || model.moved(user, from)
      const isRight = isChanged ? may : !model.changedKeys(user, from)
      return isRight && !isLeft ? [] : [`${userId}, who reads: ${isChanged} ${isLeft}`]
    }
    const isSharing = model.isSharing(reader.user, user, now)
    const hasNews = model.changedKeys(user, from)
    const wasApart = model.wereApart(reader.user, user, from)
    const hasMoved = model.moved(user, from) || model.moved(reader.user, from)
    return [
      isChanged && isLeft && 'both', isChanged && !isSharing && 'changed without a room', isLeft && isSharing && 'left with a room',
      isSharing && (hasNews || wasApart) && !isChanged && 'changed is missing', isChanged && !hasNews && !hasMoved && 'changed for nothing',
      model.isSharing(reader.user, user, from) && !isSharing && !isLeft && 'left is missing', isLeft && !hasMoved && 'left for nothing',
    ].filter((fault) => fault !== false).map((fault) => `${userId} for ${reader.userId} after ${from}: ${fault}`)
  })
}

async function happen(world: World, dice: Dice, devices: readonly Device[]): Promise<Happening> {
  const device = pick(dice, devices)
  if (below(dice, 4) === 0) {
    await world.encryption.deviceKeys.upload(device, { device_keys: deviceKeysOf(device, String(below(dice, 1_000_000_000))) })
    return { kind: 'keys', pos: world.stream.head(), user: device.user }
  }
  const room = 1 + below(dice, ROOMS)
  const membership = pick(dice, MEMBERSHIPS)
  const pos = await world.setMembership(device.user, room, membership)
  return { kind: 'membership', pos, user: device.user, room, isJoin: membership === 'join' }
}

/** Device lists against a model of who shares rooms with whom, while people come, go and change their keys. */
export function testDeviceListModel(t: Test): void {
  t.test('whatever happens, everybody learns of what he must and of nothing else', async (t) => {
    const world = await createEncryptionWorld(t)
    const dice = new Dice(7)
    const model = new Model()
    const devices = await Promise.all(Array.from({ length: USERS }, (_, index) => world.addDevice(`user${index}`, `D${index}`)))
    const faults: string[] = []
    for (let step = 0; step < STEPS; step += 1) {
      model.happenings.push(await happen(world, dice, devices))
      const from = below(dice, 2) === 0 ? model.happenings.at(-2)?.pos ?? 0 : pick(dice, model.happenings).pos
      const lists = [world.encryption.deviceLists]
      if (step % 25 === 24) lists.push((await world.restart()).encryption.deviceLists)
      for (const reader of devices) {
        for (const list of lists) {
          faults.push(...findFaults(model, devices, reader, from, await list.changes(reader.user, from, world.stream.head())))
        }
      }
    }
    t.same(faults.slice(0, 10), [])
  })
}
