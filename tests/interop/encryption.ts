// People at a Hearth and at a Synapse who encrypt, by real clients; one of the servers is killed between the steps.
import type { Test } from 'tap'
import { hasEncryptingNio } from '../e2e/encrypted/nio-device.ts'
import { tellStory } from '../e2e/encrypted/story.ts'
import type { Pair, Side } from './sides.ts'

export function encryptWhileKilled(name: Side['name']) {
  return async (test: Test, { home, away }: Pair, version: string): Promise<void> => {
    const killed = home.name === name ? home : away
    let kills = 0
    const { circle } = await tellStory(test, {
      home: home.url, away: away.url, roomVersion: version, hasNio: await hasEncryptingNio(),
      async between() {
        await killed.kill()
        await killed.start()
        kills += 1
      },
    })
    test.comment(`${circle.count()} messages, ${circle.readings} times read, ${circle.lateKeys} keys after their messages, ${kills} kills`)
    await Promise.all(circle.listPresent().map((device) => device.stop()))
  }
}
