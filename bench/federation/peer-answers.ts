// What the scripted server answers about a room that it holds (Server-Server API).
import type { JsonObject } from '../../src/matrix/json.ts'
import { serverNameOf } from '../../src/matrix/ids.ts'
import type { PeerRoom } from './peer-room.ts'

export interface Asked {
  readonly method: string
  /** The parts of the path, from the one after `_matrix` on. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: () => JsonObject
}

export interface Host {
  readonly name: string
  readonly omitsMembers: boolean
}

type Held = NonNullable<ReturnType<PeerRoom['find']>>

const textOf = (events: readonly Held[]): string => `[${events.map(({ canonical }) => canonical).join(',')}]`
const idsOf = (events: readonly Held[]): string => JSON.stringify(events.map(({ pdu }) => pdu.eventId))

/** JSON text; undefined for what it does not know. */
export function answerAboutRooms(room: PeerRoom, asked: Asked, host: Host): string | undefined {
  const { path: [, , what, , subject = ''], query } = asked
  const eventId = query.get('event_id') ?? ''
  switch (what) {
    case 'make_join': return JSON.stringify(room.makeTemplate(subject))
    case 'send_join': return admit(room, asked, host)
    case 'state': return tellState(room, eventId, textOf, ['pdus', 'auth_chain'])
    case 'state_ids': return tellState(room, eventId, idsOf, ['pdu_ids', 'auth_chain_ids'])
    case 'event': return tellEvents(host, [room.find(asked.path[3] ?? '')].filter((event) => event !== undefined))
    case 'event_auth': return `{"auth_chain":${textOf(room.chainOf(room.walkBack([subject], 1)))}}`
    case 'backfill': return tellEvents(host, room.walkBack(query.getAll('v'), Number(query.get('limit'))))
    case 'get_missing_events': return tellMissing(room, asked.body())
    default: return undefined
  }
}

function admit(room: PeerRoom, { body, query }: Asked, { name, omitsMembers }: Host): string {
  const join = room.take(body())
  const omits = omitsMembers && query.get('omit_members') === 'true'
  const whole = room.stateBefore(join.pdu.eventId)
  const state = omits ? whole.filter(({ pdu }) => pdu.type !== 'm.room.member') : whole
  const chain = room.chainOf([...state, join])
  const servers = [...new Set(whole.flatMap(({ pdu }) => pdu.type === 'm.room.member' ? serverNameOf(pdu.sender) ?? [] : []))]
  return `{"auth_chain":${textOf(chain)},"event":${join.canonical},"members_omitted":${omits},"origin":${JSON.stringify(name)},`
    + `"servers_in_room":${JSON.stringify(servers)},"state":${textOf(state)}}`
}

function tellState(
  room: PeerRoom, eventId: string, write: (events: readonly Held[]) => string, [state, chain]: readonly [string, string],
): string {
  const before = room.stateBefore(eventId)
  return `{"${chain}":${write(room.chainOf(before))},"${state}":${write(before)}}`
}

function tellEvents({ name }: Host, events: readonly Held[]): string {
  return `{"origin":${JSON.stringify(name)},"origin_server_ts":${Date.now()},"pdus":${textOf(events)}}`
}

function tellMissing(room: PeerRoom, { earliest_events: earliest, latest_events: latest, limit }: JsonObject): string {
  const known = new Set(earliest as string[])
  const from = (latest as string[]).flatMap((eventId) => room.find(eventId)?.pdu.prevEvents ?? [])
  const events = room.walkBack(from, Number(limit ?? 10), (eventId) => !known.has(eventId))
  return `{"events":${textOf(events.toReversed())}}`
}
