import { isJsonObject, ownValue, setOwn, type JsonObject, type MutableJsonObject } from './json.ts'
import type { RoomVersion } from './room-versions.ts'

/**
 * The event without what its room version does not protect (each room version, Redactions). What is left is what
 * signatures and event ids cover, so the same function serves both.
 */
export function redactEvent(event: JsonObject, version: RoomVersion): JsonObject {
  const redacted: MutableJsonObject = {}
  for (const key of version.keptKeys) {
    const value = ownValue(event, key)
    if (value !== undefined) redacted[key] = value
  }
  redacted['content'] = redactedContent(event, version)
  return redacted
}

/** What is left of the content of an event. */
export function redactedContent(event: JsonObject, version: RoomVersion): JsonObject {
  const [type, content] = [ownValue(event, 'type'), ownValue(event, 'content')]
  if (!isJsonObject(content) || typeof type !== 'string') return {}
  const kept = Object.hasOwn(version.keptContent, type) ? version.keptContent[type] : undefined
  if (kept === 'all') return content
  const redacted: MutableJsonObject = {}
  for (const key of kept ?? []) {
    const value = ownValue(content, key)
    if (value !== undefined) setOwn(redacted, key, value)
  }
  if (type === 'm.room.member' && version.keepsThirdPartyInviteSigned) keepSigned(content, redacted)
  return redacted
}

/**
 * Room version 11: of a third-party invite only the `signed` part stays, which the auth rules look at. One without it stays as
 * an empty object: the rule can be read either way, and an event's id has to be the one that the other servers compute.
 */
function keepSigned(content: JsonObject, redacted: MutableJsonObject): void {
  const invite = ownValue(content, 'third_party_invite')
  if (!isJsonObject(invite)) return
  const signed = ownValue(invite, 'signed')
  redacted['third_party_invite'] = signed === undefined ? {} : { signed }
}

/** Which event a redaction names, or undefined if it names none (room version 11, Moving the redacts property). */
export function redactsOf(event: JsonObject, version: RoomVersion): string | undefined {
  const content = ownValue(event, 'content')
  const holder = version.redactsIn === 'event' ? event : content
  const redacts = isJsonObject(holder) ? ownValue(holder, 'redacts') : undefined
  return typeof redacts === 'string' ? redacts : undefined
}
