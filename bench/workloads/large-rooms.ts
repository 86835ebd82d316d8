// Rooms with many members or a long past, which several workloads share.
import { makeAccounts } from '../fixtures.ts'
import { createRoom, joinRoom, RequestFailed, sendMessage, type Account } from '../homeserver.ts'
import { waitUntilQuiet, type Bench } from '../measure.ts'
import { inParallel } from '../parallel.ts'
import { text } from './send.ts'

export interface LargeRoom {
  readonly roomId: string
  /** Some of the members: the first of them made the room. */
  readonly senders: readonly Account[]
}

const senderCount = 8
const width = 32
const quietTimeoutMs = 30_000

/** A room of so many members, of whom the same are in rooms of other sizes. */
export async function getRoomOfMembers(bench: Bench, size: number): Promise<LargeRoom> {
  const most = Math.max(size, ...bench.settings.memberCounts)
  const accounts = await bench.fixtures.get(`members ${most}`, () => makeAccounts(bench, 'member', most))
  return getRoom(bench, `room of ${size} of ${most} members`, accounts.slice(0, size), () => Promise.resolve())
}

/** A room of few members with so many messages in it. */
export async function getRoomOfAge(bench: Bench, events: number): Promise<LargeRoom> {
  const members = await bench.fixtures.get('age', () => makeAccounts(bench, 'age', senderCount))
  return getRoom(bench, `room of ${events} events`, members, async ({ roomId, senders }) => {
    const lanes = Array.from({ length: width }, (_, lane) => bench.server.connect(senders[lane % senders.length]))
    await inParallel(Array.from({ length: events }, (_, index) => index), width, async (index, lane) => {
      const answer = await sendMessage(lanes[lane] ?? bench.server.connect(), roomId, `age-${index}`, `${text} ${index}`)
      if (answer.status !== 200) throw new RequestFailed('A message', answer)
    })
    lanes.forEach((lane) => lane.close())
  })
}

async function getRoom(
  bench: Bench, key: string, members: readonly Account[], fill: (room: LargeRoom) => Promise<void>,
): Promise<LargeRoom> {
  const senders = members.slice(0, senderCount)
  const roomId = await bench.fixtures.get(key, async () => {
    const [creator, ...others] = members
    const lanes = Array.from({ length: width }, () => bench.server.connect())
    const made = await createRoom((lanes[0] ?? bench.server.connect()).as(creator ?? missing(key)), key)
    await inParallel(others, width, (member, lane) => joinRoom((lanes[lane] ?? bench.server.connect()).as(member), made))
    lanes.forEach((lane) => lane.close())
    await fill({ roomId: made, senders })
    await waitUntilQuiet(bench.settings, quietTimeoutMs)
    return made
  })
  return { roomId, senders }
}

function missing(key: string): never {
  throw new Error(`The ${key} needs a member`)
}
