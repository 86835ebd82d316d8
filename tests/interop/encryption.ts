// People at a Hearth and at a Synapse who encrypt, by real clients; the Hearth is killed between the steps.
import type { Test } from 'tap'
import { hasEncryptingNio } from '../e2e/encrypted/nio-device.ts'
import { tellStory } from '../e2e/encrypted/story.ts'
import type { Pair } from './sides.ts'

export async function encrypt(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [hearth] = [home, away].filter(({ name }) => name === 'Hearth')
  const cast = await tellStory(test, {
    home: home.url, away: away.url, roomVersion: version, hasNio: await hasEncryptingNio(),
    async between() {
      await hearth?.kill()
      await hearth?.start()
    },
  })
  await Promise.all(cast.circle.listPresent().map((device) => device.stop()))
}
