// A real Synapse and a Hearth share rooms over TLS: npm run interop
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { catchUp, healDemotion, healFork, readHistory } from './absences.ts'
import { findByAlias, inviteAndRefuse, joinRestricted, knock, upgrade } from './doors.ts'
import { encryptWhileKilled } from './encryption.ts'
import { excludeServer } from './exclusion.ts'
import { surviveKills } from './kill.ts'
import { spendHourApart } from './hour-apart.ts'
import { enterLargeRoom } from './large-room.ts'
import { shareFiles } from './media.ts'
import { askForProfiles, showPresence, talkBetweenDevices } from './people.ts'
import { changeProfile, findMoment, keepHistory, walkSpace } from './reading.ts'
import { liveInRoom } from './room-life.ts'
import { createSides, type Pair } from './sides.ts'
import { hasSynapse } from './synapse.ts'

const VERSIONS = (process.env['INTEROP_ROOM_VERSIONS'] ?? '6,10,11,12').split(',')

type Story = (test: Test, pair: Pair, version: string) => Promise<void>

/** With the first version of rooms that has it. */
const ofEachVersion: readonly (readonly [string, number, Story])[] = [
  ['life in a room', 1, liveInRoom],
  ['invitations', 1, inviteAndRefuse],
  ['knocking', 7, knock],
  ['a restricted room', 8, joinRestricted],
  ['aliases and the directory', 1, findByAlias],
  ['upgrade', 1, upgrade],
  ['a server that is not wanted', 1, excludeServer],
]
const ofSome: readonly (readonly [string, Story])[] = [
  ['presence', showPresence],
  ['profiles', askForProfiles],
  ['new names', changeProfile],
  ['devices', talkBetweenDevices],
  ['encryption while Hearth is killed', encryptWhileKilled('Hearth')],
  ['encryption while Synapse is killed', encryptWhileKilled('Synapse')],
  ['a space', walkSpace],
  ['history for members', keepHistory],
  ['a moment', findMoment],
  ['a thousand messages', readHistory],
  ['files', shareFiles],
  ['a large room', enterLargeRoom],
  ['an outage', catchUp],
  ['kills', surviveKills],
  ['a fork', healFork],
  ['a fork with a demotion', healDemotion],
]

async function shareRooms(): Promise<void> {
  const folder = process.env['INTEROP_FOLDER'] ?? await mkdtemp(join(tmpdir(), 'hearth-interop-'))
  const { hearth, synapse } = await createSides(folder)
  t.teardown(async () => {
    await Promise.all([hearth.stop(), synapse.stop()])
    if (process.env['INTEROP_FOLDER'] === undefined) await rm(folder, { recursive: true, force: true })
  })
  await Promise.all([hearth.start(), synapse.start()])
  for (const pair of [{ home: hearth, away: synapse }, { home: synapse, away: hearth }]) await tellStories(pair)
  for (const { name } of [hearth, synapse]) {
    await t.test(`an hour apart of people who encrypt, in a room of ${name}`, (test) => spendHourApart(test, synapse, name === 'Hearth'))
  }
}

async function tellStories(pair: Pair): Promise<void> {
  for (const version of VERSIONS) {
    for (const [name, since, story] of ofEachVersion) {
      if (Number(version) < since) continue
      await t.test(`${name}, version ${version}, of ${pair.home.name}`, (test) => story(test, pair, version))
    }
  }
  for (const [name, story] of ofSome) {
    await t.test(`${name}, between ${pair.home.name} and ${pair.away.name}`, (test) => story(test, pair, VERSIONS.at(-1) ?? '12'))
  }
}

const isWanted = process.env['SYNAPSE_PYTHON'] !== undefined || process.env['npm_lifecycle_event'] === 'interop'
if (isWanted && await hasSynapse()) {
  t.setTimeout(1_800_000)
  await shareRooms()
} else {
  const skip = 'pip install matrix-synapse, name the Python that has it in SYNAPSE_PYTHON, and npm run interop'
  await t.test('rooms shared with Synapse', { skip }, async () => undefined)
}
