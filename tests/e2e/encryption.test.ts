// Encryption between two servers, by real clients with real keys: two people with two devices each, while both servers are
// killed again and again.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createHearth } from '../interop/sides.ts'
import { hasEncryptingNio } from './encrypted/nio-device.ts'
import { tellStory } from './encrypted/story.ts'

const folder = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
const [home, away] = [await createHearth(join(folder, 'home')), await createHearth(join(folder, 'away'))]
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

/** As when memory runs out, first here, then there. */
async function killBoth(): Promise<void> {
  for (const side of [home, away]) {
    await side.kill()
    await side.start()
  }
}

await t.test('two people with two devices each, whose servers are killed again and again', async (test) => {
  const cast = await tellStory(test, { home: home.url, away: away.url, hasNio, between: killBoth })
  const { circle } = cast
  test.comment(`${circle.count()} messages, ${circle.readings} times read, ${circle.lateKeys} keys that came after their messages`)
  await Promise.all(circle.listPresent().map((device) => device.stop()))
})
