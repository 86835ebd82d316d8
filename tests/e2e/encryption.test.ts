// Encryption between two servers, by real clients with real keys: two people with two devices each, while their servers are
// killed again and again.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { sleep } from '../../bench/parallel.ts'
import { createHearth } from '../interop/sides.ts'
import { Dice } from '../soak/dice.ts'
import { claimThroughBoth } from './encrypted/claims.ts'
import { talkWhileDevicesComeAndGo } from './encrypted/coming-and-going.ts'
import { hasEncryptingNio } from './encrypted/nio-device.ts'
import { tellStory } from './encrypted/story.ts'

const folder = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
const sides = [await createHearth(join(folder, 'home')), await createHearth(join(folder, 'away'))] as const
const [home, away] = sides
await Promise.all([home.start(), away.start()])
t.teardown(async () => {
  await Promise.all([home.stop(), away.stop()])
  await rm(folder, { recursive: true, force: true })
  // matrix-js-sdk leaves timers behind that would keep this process for minutes.
  setTimeout(() => process.exit(), 200)
})

const hasNio = await hasEncryptingNio()
const skip = hasNio ? false : 'Python has no matrix-nio that encrypts here: pip install "matrix-nio[e2e]"'
await t.test('matrix-nio encrypts', { skip }, async () => undefined)

let kills = 0

/** In turn. */
async function killOne(): Promise<void> {
  const side = sides[kills % 2 === 0 ? 0 : 1]
  kills += 1
  await side.kill()
  await side.start()
}

await t.test('a hundred claims of each key at once, through both servers and around a kill', async (test) => {
  const killHome = async () => {
    await home.kill()
    await home.start()
  }
  await claimThroughBoth(test, { home: home.url, away: away.url, killHome })
})

await t.test('two people with two devices each, whose servers are killed again and again', async (test) => {
  const cast = await tellStory(test, { home: home.url, away: away.url, hasNio, between: killOne })
  const { circle } = cast
  await test.test('a hundred messages while devices come and go', async (sub) => {
    // While servers are killed and lines fail as well: npm run soak -- --encrypted.
    const trouble = () => sleep(1000)
    const bustle = { messages: 100, pauseMs: 50, lastsAtMostMs: 20_000, hasNio, hasBadLines: false, dice: new Dice(7), trouble }
    const { came, went } = await talkWhileDevicesComeAndGo(sub, cast, bustle)
    sub.comment(`${came} devices came, ${went} went`)
  })
  test.comment(`${circle.count()} messages, ${circle.readings} times read, ${circle.lateKeys} keys after their messages, ${kills} kills`)
  await Promise.all(circle.listPresent().map((device) => device.stop()))
})
