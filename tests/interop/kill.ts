// A server that is killed while both are talking.
import type { Test } from 'tap'
import { sleep } from '../../bench/parallel.ts'
import { eventually } from './eventually.ts'
import type { Person } from './person.ts'
import { readBack } from './absences.ts'
import { shareRoom, talk } from './shared-room.ts'
import type { Pair, Side } from './sides.ts'

const KILLS = 3
const BETWEEN_KILLS_MS = 1_500
const PAUSE_MS = 30

/** Hearth is killed again and again, as when memory runs out: nothing is lost that anybody was told is sent. */
export async function surviveKills(test: Test, pair: Pair, version: string): Promise<void> {
  const { roomId, host, guest } = await shareRoom(pair, version)
  const killed = [pair.home, pair.away].find(({ name }) => name === 'Hearth')
  if (killed === undefined) throw new Error('There is no Hearth')
  const speakers = [new Speaker(host, roomId), new Speaker(guest, roomId)]
  const speaking = speakers.map((speaker) => speaker.run())
  for (let kill = 1; kill <= KILLS; kill += 1) await killOnce(killed)
  await sleep(BETWEEN_KILLS_MS)
  speakers.forEach((speaker) => speaker.stop())
  await Promise.all(speaking)
  const said = speakers.flatMap((speaker) => speaker.said)
  test.comment(`${said.length} messages were acknowledged`)
  await talk(test, roomId, host, guest)
  for (const reader of [host, guest]) {
    const missed = async () => {
      const read = await readBack(reader, roomId, Number.POSITIVE_INFINITY)
      test.equal(new Set(read).size, read.length, 'nothing is there twice')
      return said.filter((line) => !read.includes(line))
    }
    await eventually(`${reader.userId} reads all that was said`, async () => (await missed()).length === 0, 60_000)
  }
}

async function killOnce(side: Side): Promise<void> {
  await sleep(BETWEEN_KILLS_MS)
  await side.kill()
  await side.start()
}

/** Says one thing after another; what is not answered is left open and does not count. */
class Speaker {
  readonly said: string[] = []
  readonly #person: Person
  readonly #roomId: string
  #isStopped = false

  constructor(person: Person, roomId: string) {
    this.#person = person
    this.#roomId = roomId
  }

  async run(): Promise<void> {
    for (let number = 1; !this.#isStopped; number += 1) {
      const line = `${this.#person.userId} ${number}`
      const isSaid = await this.#person.say(this.#roomId, line).then(() => true, () => false)
      if (isSaid) this.said.push(line)
      await sleep(PAUSE_MS)
    }
  }

  stop(): void {
    this.#isStopped = true
  }
}
