// Two people at two servers encrypt, while both servers are killed, stand still, or are cut off, and devices come and go. Both are
// a Hearth, or one is a real Synapse.
import { join } from 'node:path'
import t from 'tap'
import { sleep } from '../../bench/parallel.ts'
import { claimThroughBoth } from '../e2e/encrypted/claims.ts'
import { talkWhileDevicesComeAndGo } from '../e2e/encrypted/coming-and-going.ts'
import { hasEncryptingNio } from '../e2e/encrypted/nio-device.ts'
import { tellStory } from '../e2e/encrypted/story.ts'
import { createHearth, createSides, type Pair, type Side } from '../interop/sides.ts'
import { hasSynapse } from '../interop/synapse.ts'
import { Dice } from './dice.ts'

export interface EncryptedOptions {
  /** Where data and logs go. */
  readonly folder: string
  readonly messages: number
  /** Whether one of the servers is a Synapse; the dice say at which of them the room is made. */
  readonly withSynapse: boolean
  readonly seed: number
  readonly onProgress: (line: string) => void
}

const PAUSE_MS = 50

/** Whether every device could read all that it should; what it could not is told as TAP. */
export async function soakEncrypted({ folder, messages, withSynapse, seed, onProgress }: EncryptedOptions): Promise<boolean> {
  t.setTimeout(0)
  const dice = new Dice(seed)
  const { home, away } = withSynapse ? await createUnlike(folder, dice) : await createAlike(folder)
  await Promise.all([home.start(), away.start()])
  onProgress(`a room of ${home.name} ${home.serverName}, shared with ${away.name} ${away.serverName}`)
  const hasNio = await hasEncryptingNio()
  await t.test('encryption between two servers', async (test) => {
    test.setTimeout(0)
    await claimThroughBoth(test, { home: home.url, away: away.url, killHome: () => restart(home) })
    const between = async (): Promise<void> => {
      await restart(home)
      await restart(away)
    }
    const cast = await tellStory(test, { home: home.url, away: away.url, hasNio, between })
    const trouble = () => befall(dice, dice.next() < 0.5 ? home : away)
    const bustle = { messages, pauseMs: PAUSE_MS, hasNio, hasBadLines: true, dice, trouble, onProgress }
    const counts = await talkWhileDevicesComeAndGo(test, cast, bustle)
    const { circle } = cast
    onProgress(`${circle.count()} messages, read ${circle.readings} times, ${circle.lateKeys} keys after their messages`)
    for (const [direction, { read, unread }] of circle.directions) onProgress(`${direction}: ${read} readings, ${unread} unread`)
    onProgress(`${counts.came} devices came, ${counts.went} went, ${counts.troubles} kills and pauses`)
    await Promise.all(circle.listPresent().map((device) => device.stop()))
  })
  await Promise.all([home.stop(), away.stop()])
  return t.passing()
}

async function createAlike(folder: string): Promise<Pair> {
  return { home: await createHearth(join(folder, 'home')), away: await createHearth(join(folder, 'away')) }
}

async function createUnlike(folder: string, dice: Dice): Promise<Pair> {
  if (!await hasSynapse()) throw new Error('Name a Python that has matrix-synapse in SYNAPSE_PYTHON')
  const { hearth, synapse } = await createSides(folder)
  return dice.next() < 0.5 ? { home: hearth, away: synapse } : { home: synapse, away: hearth }
}

/** Mostly a kill; now and then everything in the server stands still for longer than others wait. */
async function befall(dice: Dice, side: Side): Promise<void> {
  await sleep(dice.between(3000, 9000))
  if (dice.next() < 0.8) return restart(side)
  side.pause()
  await sleep(dice.between(5000, 20_000))
  side.resume()
}

async function restart(side: Side): Promise<void> {
  await side.kill()
  await side.start()
}
