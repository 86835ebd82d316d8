import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { getSigningKey } from '../config/signing-key-file.ts'
import { findRoomVersion, type RoomVersion } from '../matrix/room-versions.ts'
import type { ServerKey } from '../matrix/verify-event.ts'
import { KnownKeys } from '../remote/known-keys.ts'
import { OwnKeys } from '../remote/own-keys.ts'
import { RoomCheck } from '../rooms/check/check-room.ts'
import { drawGraph } from '../rooms/check/draw-graph.ts'
import type { ServerKeys } from '../rooms/server-keys.ts'
import type { Db } from '../store/database.ts'
import { findAlias } from '../store/rooms/aliases.ts'
import { listNewestOfGraph } from '../store/rooms/room-graph.ts'
import { findRoom } from '../store/rooms/rooms.ts'
import { OperatorError } from '../util/operator-error.ts'
import { loadConfig } from './load-config.ts'
import { withDatabase } from './open-accounts.ts'
import type { Shell } from './shell.ts'

interface Options { readonly config?: string }
interface GraphOptions extends Options { readonly events: string, readonly citations?: boolean, readonly output?: string }

const EVENTS_DRAWN = '200'
const EVENTS_DRAWN_MAX = 20_000

export function addRoomCommands(program: Command, shell: Shell): void {
  const room = program.command('room').description('look into a room')
  room.command('check').description('verify hashes, signatures, authorisation and state of a room from its events')
    .argument('<room>', 'its id, or an alias').option('-c, --config <file>', 'the configuration')
    .action((name: string, options: Options) => check(shell, name, options))
  room.command('graph').description('draw the newest events of a room, as DOT for Graphviz')
    .argument('<room>', 'its id, or an alias').option('-c, --config <file>', 'the configuration')
    .option('-n, --events <count>', 'how many', EVENTS_DRAWN)
    .option('--citations', 'with the events that authorise each')
    .option('-o, --output <file>', 'into this file (default: to the terminal)')
    .action((name: string, options: GraphOptions) => draw(shell, name, options))
}

async function check(shell: Shell, name: string, { config }: Options): Promise<void> {
  await withDatabase(shell, config, async ({ database: { db } }) => {
    const room = await getRoom(db, name)
    const roomCheck = new RoomCheck({ db, keys: await storedKeys(shell, db, config) }, room)
    let found = 0
    const findings = roomCheck.run((done, of) => shell.note(`${done} of ${of} events`))
    for await (const { kind, eventId, message } of findings) {
      found += 1
      shell.print(`${kind}: ${eventId ?? room.roomId}: ${message}`)
    }
    const { events, withoutBody, withoutKey, states } = roomCheck.counts
    const unseen = [
      ...(withoutBody === 0 ? [] : [`the bodies of ${withoutBody} are gone`]),
      ...(withoutKey === 0 ? [] : [`the keys of ${withoutKey} are not known here`]),
    ]
    const rest = unseen.length === 0 ? '' : ` (${unseen.join(', ')})`
    if (found > 0) throw new OperatorError(`${found} things do not hold among ${events} events${rest} and ${states} states.`)
    shell.print(`All holds: ${events} events${rest}, ${states} states compared or read.`)
  })
}

async function draw(shell: Shell, name: string, { config, events, citations, output }: GraphOptions): Promise<void> {
  const limit = Number(events)
  if (!Number.isInteger(limit) || limit < 1 || limit > EVENTS_DRAWN_MAX) {
    throw new OperatorError(`--events takes a number from 1 to ${EVENTS_DRAWN_MAX}, not ${events}.`)
  }
  await withDatabase(shell, config, async ({ database: { db } }) => {
    const room = await getRoom(db, name)
    const text = drawGraph(room.roomId, await listNewestOfGraph(db, room.nid, limit), { withCitations: citations === true })
    if (output === undefined) shell.print(text)
    else await writeFile(resolve(shell.workingFolder, output), `${text}\n`)
  })
}

async function getRoom(db: Db, name: string): Promise<{ nid: number, roomId: string, version: RoomVersion }> {
  const roomId = name.startsWith('#') ? (await findAlias(db, name))?.room_id : name
  const row = roomId === undefined ? undefined : await findRoom(db, roomId)
  const version = row === undefined ? undefined : findRoomVersion(row.version)
  if (row === undefined || version === undefined) throw new OperatorError(`This server does not know the room ${name}.`)
  return { nid: row.nid, roomId: row.room_id, version }
}

/** Our own keys and those of other servers that were ever seen: nobody is asked for more. */
async function storedKeys({ clock, random, ...shell }: Shell, db: Db, configFile: string | undefined): Promise<ServerKeys> {
  const { config } = loadConfig({ clock, random, ...shell }, configFile)
  const signingKey = await getSigningKey(config.signingKeyPath)
  const own = new OwnKeys({ serverName: config.serverName, signingKey, retired: config.federation.oldVerifyKeys })
  const known = new KnownKeys(db)
  return {
    async load(wanted) {
      const servers = [...new Set(wanted.map(({ serverName }) => serverName))]
      const keys = new Map(await Promise.all(servers.map(async (server) => [server, await known.of(server)] as const)))
      return (serverName, keyId): ServerKey | undefined => (
        serverName === config.serverName ? own.find(keyId, clock.now()) : keys.get(serverName)?.get(keyId)
      )
    },
  }
}
