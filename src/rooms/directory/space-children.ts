import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../../matrix/json.ts'
import { compareCodePoints } from '../../matrix/canonical-json.ts'
import { SPACE } from './describe-room.ts'
import type { EventCache } from '../event-cache.ts'
import type { Room } from '../room.ts'

/** A room that a space says is in it, with servers that may know it. */
export interface SpaceChild {
  readonly roomId: string
  readonly via: readonly string[]
  /** The event that says so, as lists of rooms show it. */
  readonly event: ChildEvent
}

export interface ChildEvent {
  readonly type: string
  readonly state_key: string
  readonly sender: string
  readonly content: JsonObject
  readonly origin_server_ts: number
}

const TYPE = 'm.space.child'
const CHILDREN_MAX = 2_000
const ORDER = /^[\x20-\x7e]{1,50}$/

/** The children of a space in their order; a room that is no space has none. */
export async function listChildren(room: Room, events: EventCache, suggestedOnly: boolean): Promise<SpaceChild[]> {
  if (room.stateString('m.room.create', 'type') !== SPACE) return []
  const entries = [...room.listState()].filter(({ type }) => type === TYPE)
  const known = await events.map(entries.map(({ nid }) => nid))
  return orderChildren(entries.map(({ nid, stateKey, sender, content }) => (
    { type: TYPE, state_key: stateKey, sender, content, origin_server_ts: known.get(nid)?.originServerTs ?? 0 }
  )), suggestedOnly)
}

/** The children that another server names; what is none is left out. */
export function readChildren(value: JsonValue | undefined, suggestedOnly: boolean): SpaceChild[] {
  if (!Array.isArray(value)) return []
  return orderChildren(value.filter(isJsonObject).flatMap((event) => {
    const [stateKey, sender, content] = [ownValue(event, 'state_key'), ownValue(event, 'sender'), ownValue(event, 'content')]
    const at = Number(ownValue(event, 'origin_server_ts'))
    if (ownValue(event, 'type') !== TYPE || typeof stateKey !== 'string' || typeof sender !== 'string') return []
    if (!isJsonObject(content) || !Number.isSafeInteger(at)) return []
    return [{ type: TYPE, state_key: stateKey, sender, content, origin_server_ts: at }]
  }), suggestedOnly)
}

/**
 * Children without servers to join by are none. Those with a valid `order` come first, by it; then the older ones; then by
 * their ids (Client-Server API, Ordering of children within a space).
 */
function orderChildren(events: readonly ChildEvent[], suggestedOnly: boolean): SpaceChild[] {
  const children = events.flatMap((event) => {
    const via = ownValue(event.content, 'via')
    const servers = Array.isArray(via) ? via.filter((server) => typeof server === 'string') : []
    if (servers.length === 0 || (suggestedOnly && ownValue(event.content, 'suggested') !== true)) return []
    return [{ roomId: event.state_key, via: servers, event }]
  })
  return children.toSorted((one, other) => compareChildren(one.event, other.event)).slice(0, CHILDREN_MAX)
}

function compareChildren(one: ChildEvent, other: ChildEvent): number {
  const [oneOrder, otherOrder] = [orderOf(one), orderOf(other)]
  if (oneOrder !== otherOrder) {
    if (oneOrder === undefined) return 1
    if (otherOrder === undefined) return -1
    return compareCodePoints(oneOrder, otherOrder)
  }
  return one.origin_server_ts - other.origin_server_ts || compareCodePoints(one.state_key, other.state_key)
}

function orderOf({ content }: ChildEvent): string | undefined {
  const order = ownValue(content, 'order')
  return typeof order === 'string' && ORDER.test(order) ? order : undefined
}
