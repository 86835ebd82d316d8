// Long histories, servers that are away, and what both did meanwhile.
import type { Test } from 'tap'
import { eventually } from './eventually.ts'
import type { Body, Person } from './person.ts'
import { isIn, shareRoom, talk, type SharedRoom } from './shared-room.ts'
import type { Pair } from './sides.ts'

const LINES = 1_000
const BATCH = 10
const PAGES_MAX = 100
const ABSENCE_LINES = 30
const ROUNDS = 5

/** A room with a thousand messages, of which who comes late reads every one. */
export async function readHistory(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [host, guest] = await Promise.all([home.register('host'), away.register('late')])
  const roomId = await host.createRoom(version)
  for (let first = 1; first <= LINES; first += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, (_, index) => host.say(roomId, `line ${first + index}`)))
  }
  await guest.join(roomId, home.serverName)
  const read = await readBack(guest, roomId, LINES)
  test.equal(read.length, LINES, 'every message, once')
  test.strictSame(new Set(read).size, LINES, 'and no other')
}

/** What was said in a room, from its end back, page by page. */
export async function readBack(person: Person, roomId: string, lines: number): Promise<string[]> {
  const read: string[] = []
  let from = {}
  for (let page = 0; page < PAGES_MAX && read.length < lines; page += 1) {
    const answer = await person.call('GET', ['v3', 'rooms', roomId, 'messages'], { query: { dir: 'b', limit: '100', ...from } })
    for (const { type, content } of answer['chunk'] as { type: string, content: Body }[]) {
      if (type === 'm.room.message') read.push(content['body'] as string)
    }
    if (answer['end'] === undefined) break
    from = { from: answer['end'] as string }
  }
  return read
}

/**
 * The one server is away while the other says more than it will be asked for at once. Afterwards it is sent the newest event
 * alone, and finds the others when somebody reads back.
 */
export async function catchUp(test: Test, pair: Pair, version: string): Promise<void> {
  const { roomId, host, guest } = await shareRoom(pair, version)
  const said: string[] = []
  await pair.away.stop()
  for (let line = 1; line <= ABSENCE_LINES; line += 1) {
    said.push(`while you were away ${line}`)
    await host.say(roomId, said.at(-1) ?? '')
  }
  await host.setState(roomId, 'm.room.topic', { topic: 'Changed meanwhile' })
  await pair.away.start()
  await eventually('the topic', async () => (await guest.findState(roomId, 'm.room.topic'))?.['topic'] === 'Changed meanwhile')
  await talk(test, roomId, host, guest)
  const missed = async () => {
    const read = new Set(await readBack(guest, roomId, PAGES_MAX * BATCH))
    return said.filter((line) => !read.has(line))
  }
  await eventually('everything that was said', async () => (await missed()).length === 0)
}

/** Each server goes on by itself while the other is away; afterwards both have the same state. */
export async function healFork(test: Test, pair: Pair, version: string): Promise<void> {
  const shared = await shareRoom(pair, version)
  await empower(shared, 99)
  await part(pair, shared, async () => undefined)
  await meetAgain(shared)
  const { roomId, host, guest } = shared
  test.ok(await isIn(guest, roomId, host.userId, 'join'), 'both are still there')
  for (const type of ['org.example.home', 'org.example.away']) {
    test.equal((await host.findState(roomId, type, 'x'))?.['of'], type.slice('org.example.'.length), 'what does not conflict stays')
  }
  await talk(test, roomId, host, guest)
}

/** Whose power is taken away on the one side cannot go on changing the room on the other. */
export async function healDemotion(test: Test, pair: Pair, version: string): Promise<void> {
  const shared = await shareRoom(pair, version)
  await empower(shared, 99)
  await part(pair, shared, () => setPower(shared, 0))
  await meetAgain(shared)
  const { roomId, host, guest } = shared
  for (const person of [host, guest]) {
    const powers = await person.findState(roomId, 'm.room.power_levels')
    test.equal(powers?.['users'][guest.userId], 0, 'the power is gone on both sides')
    test.equal(await person.findState(roomId, 'org.example.away', 'x'), undefined, 'and what it was used for meanwhile')
    test.equal((await person.findState(roomId, 'm.room.topic'))?.['topic'], `home ${ROUNDS}`, 'what the other wrote stays')
  }
  await talk(test, roomId, host, guest)
}

async function setPower({ roomId, host, guest }: SharedRoom, level: number): Promise<void> {
  const powers = await host.findState(roomId, 'm.room.power_levels')
  await host.setState(roomId, 'm.room.power_levels', { ...powers, users: { ...powers?.['users'], [guest.userId]: level } })
}

async function empower(shared: SharedRoom, level: number): Promise<void> {
  const { roomId, guest } = shared
  await setPower(shared, level)
  const hasPower = async () => (await guest.findState(roomId, 'm.room.power_levels'))?.['users']?.[guest.userId] === level
  await eventually('the power', hasPower)
}

/** First the one goes on alone, then the other; then both are back. */
async function part({ home, away }: Pair, { roomId, host, guest }: SharedRoom, first: () => Promise<void>): Promise<void> {
  await away.stop()
  await first()
  await goOn(roomId, host, 'home')
  await home.stop()
  await away.start()
  await goOn(roomId, guest, 'away')
  await home.start()
}

/** Whoever says something brings the other its branch. */
async function meetAgain({ roomId, host, guest }: SharedRoom): Promise<void> {
  await host.say(roomId, 'together again')
  await guest.say(roomId, 'together again')
  const states = () => Promise.all([host, guest].map((person) => stateOf(person, roomId)))
  const isSame = ([one, other]: string[]) => one === other
  await eventually('both have the same state', async () => isSame(await states()), 60_000)
}

async function goOn(roomId: string, person: Person, side: string): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    await person.setState(roomId, 'm.room.topic', { topic: `${side} ${round}` })
    await person.setState(roomId, `org.example.${side}`, { of: side }, 'x')
    await person.say(roomId, `${side} alone ${round}`)
  }
}

/** The ids of all entries of the state. */
async function stateOf(person: Person, roomId: string): Promise<string> {
  const answer = await person.ask('GET', ['v3', 'rooms', roomId, 'state'])
  return (answer.body as unknown as { event_id: string }[]).map(({ event_id: eventId }) => eventId).sort().join(' ')
}
