import { isJsonObject, ownValue, type JsonObject } from './json.ts'

/** How an event relates to another (Client-Server API, Forming relationships between events). */
export interface Relation {
  readonly relType: string
  readonly eventId: string
  /** What an annotation says. */
  readonly key: string | undefined
}

/** The relation that a content states, or undefined if it states none that has a type and a target. */
export function relationOf(content: JsonObject): Relation | undefined {
  const relatesTo = relatesToOf(content)
  if (relatesTo === undefined) return undefined
  const relType = ownValue(relatesTo, 'rel_type')
  const eventId = ownValue(relatesTo, 'event_id')
  const key = ownValue(relatesTo, 'key')
  if (typeof relType !== 'string' || typeof eventId !== 'string') return undefined
  return { relType, eventId, key: typeof key === 'string' ? key : undefined }
}

/** The root of the thread that the event is sent into, or undefined outside threads (Client-Server API, Threading). */
export function threadRootOf(content: JsonObject): string | undefined {
  const relation = relationOf(content)
  return relation?.relType === 'm.thread' ? relation.eventId : undefined
}

function relatesToOf(content: JsonObject): JsonObject | undefined {
  const relatesTo = ownValue(content, 'm.relates_to')
  return isJsonObject(relatesTo) ? relatesTo : undefined
}
