import type { Pdu } from '../event.ts'
import { isJsonObject, ownValue, type JsonValue } from '../json.ts'
import { notificationLevel, userLevel, type PowerLevels } from '../power-levels.ts'

/** What is the same for all who receive the event. */
export interface PushRoom {
  readonly memberCount: number
  readonly powerLevels: PowerLevels
}

/** A path into an event, its names unescaped (appendices, Dot-separated property paths). */
export interface PropertyPath {
  readonly key: string
  readonly names: readonly string[]
}

/** An event as push rules ask it. What was looked up once is kept, since many recipients' rules ask the same. */
export interface PushEvent {
  readonly sender: string
  readonly roomId: string
  readonly memberCount: number
  /** The value at the path, or undefined if there is none. */
  valueAt(path: PropertyPath): JsonValue | undefined
  /** The text at the path in lower case, or undefined if there is no text. */
  lowerTextAt(path: PropertyPath): string | undefined
  /** Whether the sender may cause the notification of that name. */
  mayNotify(name: string): boolean
}

/** `content.body`, which is matched by words. */
export const BODY: PropertyPath = parsePropertyPath('content.body')

/** Makes an event ready to be evaluated for any number of recipients. */
export function preparePushEvent(
  event: Pick<Pdu, 'eventId' | 'roomId' | 'type' | 'sender' | 'stateKey' | 'content' | 'originServerTs'>, room: PushRoom,
): PushEvent {
  const values = new Map<string, JsonValue | undefined>()
  const texts = new Map<string, string | undefined>()
  const levels = new Map<string, boolean | undefined>()
  const top: Readonly<Record<string, JsonValue | undefined>> = {
    type: event.type, sender: event.sender, room_id: event.roomId, event_id: event.eventId, state_key: event.stateKey,
    origin_server_ts: event.originServerTs, content: event.content,
  }
  const valueAt = (path: PropertyPath): JsonValue | undefined => cached(values, path.key, () => findValue(top, path.names))
  return {
    sender: event.sender,
    roomId: event.roomId,
    memberCount: room.memberCount,
    valueAt,
    lowerTextAt: (path) => cached(texts, path.key, () => {
      const value = valueAt(path)
      return typeof value === 'string' ? value.toLowerCase() : undefined
    }),
    mayNotify: (name) => cached(levels, name, () =>
      userLevel(room.powerLevels, event.sender) >= notificationLevel(room.powerLevels, name)) === true,
  }
}

/** Splits a path at its dots; `\.` and `\\` stand for the character itself, other backslashes for themselves. */
export function parsePropertyPath(key: string): PropertyPath {
  const names: string[] = []
  let name = ''
  for (let at = 0; at < key.length; at += 1) {
    const character = key.charAt(at)
    const next = key.charAt(at + 1)
    if (character === '\\' && (next === '.' || next === '\\')) {
      name += next
      at += 1
    } else if (character === '.') {
      names.push(name)
      name = ''
    } else {
      name += character
    }
  }
  return { key, names: [...names, name] }
}

function findValue(
  top: Readonly<Record<string, JsonValue | undefined>>, [first = '', ...names]: readonly string[],
): JsonValue | undefined {
  let value = Object.hasOwn(top, first) ? top[first] : undefined
  for (const name of names) {
    if (!isJsonObject(value)) return undefined
    value = ownValue(value, name)
  }
  return value
}

function cached<Value>(known: Map<string, Value | undefined>, key: string, find: () => Value | undefined): Value | undefined {
  const value = known.get(key)
  if (value !== undefined || known.has(key)) return value
  const found = find()
  known.set(key, found)
  return found
}
