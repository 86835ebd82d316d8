// What a workload needs before it can measure (accounts, rooms, memberships) is made once; with --state it is kept in a file
// and found there by later runs against the same server's data.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRoom, joinRoom, type Account, type Homeserver } from './homeserver.ts'
import { inParallel } from './parallel.ts'

export class Fixtures {
  readonly #file: string | undefined
  readonly #made: Map<string, unknown>
  readonly #prefix: string

  constructor(file?: string) {
    this.#file = file
    const saved = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : '{}'
    this.#made = new Map(Object.entries(JSON.parse(saved) as Record<string, unknown>))
    this.#prefix = `b${Math.random().toString(36).slice(2, 8)}`
  }

  /** A name that no earlier run against this server has taken. */
  newName(name: string): string {
    return `${this.#prefix}-${name}`
  }

  async get<Fixture>(key: string, make: () => Promise<Fixture>): Promise<Fixture> {
    if (!this.#made.has(key)) {
      const startedMs = performance.now()
      this.#made.set(key, await make())
      process.stderr.write(`  prepared ${key} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`)
      this.save()
    }
    return this.#made.get(key) as Fixture
  }

  save(): void {
    if (this.#file !== undefined) writeFileSync(this.#file, JSON.stringify(Object.fromEntries(this.#made)))
  }
}

const setupWidth = 16

export interface Setup {
  readonly server: Homeserver
  readonly fixtures: Fixtures
}

/** Registers `count` accounts. */
export function makeAccounts({ server, fixtures }: Setup, label: string, count: number): Promise<Account[]> {
  const lanes = Array.from({ length: setupWidth }, () => server.connect())
  const names = Array.from({ length: count }, (_, index) => fixtures.newName(`${label}-${index}`))
  return inParallel(names, setupWidth, (name, lane) => server.register(lanes[lane] ?? server.connect(), name))
    .finally(() => lanes.forEach((lane) => lane.close()))
}

type MemberLists = readonly (readonly Account[])[]

/** Opens one room for each list of members (the first creates it) and gives the rooms' ids in the same order. */
export async function makeRooms({ server }: Setup, label: string, memberLists: MemberLists): Promise<string[]> {
  const lanes = Array.from({ length: setupWidth }, () => server.connect())
  const laneAs = (lane: number, account: Account) => (lanes[lane] ?? server.connect()).as(account)
  try {
    return await inParallelByRoom(memberLists, async (members, roomIndex, lane) => {
      const [creator, ...others] = members
      if (creator === undefined) throw new Error('A room needs a member')
      const roomId = await createRoom(laneAs(lane, creator), `${label} ${roomIndex}`)
      // Several rooms at a time, but each joined by one after the other: servers take the joins of one room in turn anyway.
      for (const member of others) await joinRoom(laneAs(lane, member), roomId)
      return roomId
    })
  } finally {
    lanes.forEach((lane) => lane.close())
  }
}

function inParallelByRoom(
  memberLists: MemberLists,
  open: (members: readonly Account[], roomIndex: number, lane: number) => Promise<string>,
): Promise<string[]> {
  const numbered = memberLists.map((members, roomIndex) => ({ members, roomIndex }))
  return inParallel(numbered, setupWidth, ({ members, roomIndex }, lane) => open(members, roomIndex, lane))
}
