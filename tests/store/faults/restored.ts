import { spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Account } from '../../../bench/homeserver.ts'
import { V3 } from '../../support/api.ts'
import { oneTimeKeysOf } from '../../support/encryption-world.ts'
import { claim, start, upload, type World } from './people.ts'

const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname

const sync = async ({ api }: World, { accessToken: token }: Account, since?: string) => (
  (await api.get(`${V3}/sync${since === undefined ? '' : `?since=${since}`}`, { token })).body
)
const say = async ({ api, alice, roomId }: World, text: string): Promise<string> => {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${text}`
  return String((await api.put(path, { token: alice.accessToken, body: { msgtype: 'm.text', body: text } })).body['event_id'])
}

/** The version of a backup of keys that is made now. */
async function backUp({ api, alice }: World): Promise<string> {
  const body = { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: {} }
  return String((await api.post(`${V3}/room_keys/version`, { token: alice.accessToken, body })).body['version'])
}

interface LostTime { readonly token: string, readonly eventId: string, readonly version: string }

/** What is done now will be lost; people hold this of it. */
async function liveOn(world: World): Promise<LostTime> {
  const eventId = await say(world, 'lost')
  return { token: String((await sync(world, world.bob))['next_batch']), eventId, version: await backUp(world) }
}

/** Nothing of the time that was lost is done a second time, and everybody learns anew how things are. */
async function checkVoid(t: Test, world: World, { token, eventId, version }: LostTime): Promise<void> {
  const { api, alice, bob, roomId } = world
  const again = await sync(world, bob, token)
  const room = again['rooms'].join[roomId]
  t.ok(room.state.events.length + room.timeline.events.length >= 6, 'who comes with a token of that time is told everything')
  t.notOk(room.timeline.events.some((event: { event_id: string }) => event.event_id === eventId))
  t.same(again['device_lists'].changed.toSorted(), [alice.userId, bob.userId], 'and is to ask for all keys')
  t.same([again['device_one_time_keys_count'], again['device_unused_fallback_key_types']], [{ signed_curve25519: 0 }, []])
  t.same(await claim(world), ['signed_curve25519:F'], 'no key is issued that may have been issued before')
  await upload(world, bob, { one_time_keys: oneTimeKeysOf(['4']), fallback_keys: oneTimeKeysOf(['G']) })
  t.same(await claim(world), ['signed_curve25519:4'])
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/messages?dir=b&from=${token}`
  t.equal((await api.get(path, { token: bob.accessToken })).status, 400, 'a token of that time is no place in the room')
  const said = await say(world, 'new')
  const news = await sync(world, bob, again['next_batch'])
  t.same(news['rooms'].join[roomId].timeline.events.map((event: { event_id: string }) => event.event_id), [said])
  t.not(await backUp(world), version, 'no other backup of keys has the name of one that is lost')
  const positionOf = (text: string): number => Number(/^s(\d+)_/.exec(text)?.[1])
  t.ok(positionOf(news['next_batch']) > positionOf(token), 'other servers have seen no higher position')
}

async function startWithKeys(t: Test): Promise<World> {
  const world = await start(t)
  await upload(world, world.bob, { one_time_keys: oneTimeKeysOf(['1', '2', '3']), fallback_keys: oneTimeKeysOf(['F']) })
  t.same(await claim(world), ['signed_curve25519:1'])
  return world
}

function runCommand(folder: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: 'ignore' })
  return new Promise((resolve) => child.on('close', resolve))
}

/** Whoever restores a backup may have to do it once more: of the time until then nothing is in the backup either. */
async function loseTwice(t: Test, world: World, putBack: () => Promise<void>): Promise<void> {
  t.same(await claim(world), ['signed_curve25519:2'])
  for (const which of ['once', 'and the same backup once more']) {
    await t.test(which, async (t) => {
      const lost = await liveOn(world)
      await world.hearth.stop()
      await putBack()
      await world.hearth.start()
      await checkVoid(t, world, lost)
    })
  }
}

/** Cases in which a server goes on from an earlier state of its database. */
export function testRestored(t: Test): void {
  t.test('the folder of the database is put back', { timeout: 120_000 }, async (t) => {
    const world = await startWithKeys(t)
    const [postgres, copy] = [join(world.folder, 'data', 'postgres'), join(world.folder, 'copy')]
    await world.hearth.stop()
    cpSync(postgres, copy, { recursive: true })
    await world.hearth.start()
    await loseTwice(t, world, async () => {
      await rm(postgres, { recursive: true })
      await cp(copy, postgres, { recursive: true })
    })
  })

  t.test('a backup is restored', { timeout: 120_000 }, async (t) => {
    const world = await startWithKeys(t)
    t.equal(await runCommand(world.folder, ['backup', 'copy', '--config', 'hearth.yaml']), 0)
    await loseTwice(t, world, async () => {
      await rm(join(world.folder, 'data'), { recursive: true })
      t.equal(await runCommand(world.folder, ['restore', 'copy', '--config', 'hearth.yaml']), 0)
    })
  })
}
