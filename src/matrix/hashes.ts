import { hash } from 'node:crypto'
import { decodeBase64, encodeBase64, encodeBase64Url } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import { isJsonObject, ownValue, setOwn, type JsonObject, type MutableJsonObject } from './json.ts'
import { redactEvent } from './redaction.ts'
import type { RoomVersion } from './room-versions.ts'
import { signedText } from './signing.ts'

const NOT_HASHED: ReadonlySet<string> = new Set(['unsigned', 'signatures', 'hashes'])

/** SHA-256 over the whole event but `unsigned`, `signatures` and `hashes` (Server-Server API, Calculating the content hash). */
export function contentHash(event: JsonObject): string {
  return encodeBase64(contentDigest(event))
}

function contentDigest(event: JsonObject): Buffer {
  const hashed: MutableJsonObject = {}
  for (const [key, value] of Object.entries(event)) {
    if (!NOT_HASHED.has(key)) setOwn(hashed, key, value)
  }
  return sha256(canonicalJson(hashed))
}

/** Whether the content hash that the event states is right; if not, only its redacted form may be used. */
export function hasRightContentHash(event: JsonObject): boolean {
  const hashes = ownValue(event, 'hashes')
  const stated = isJsonObject(hashes) ? ownValue(hashes, 'sha256') : undefined
  return typeof stated === 'string' && decodeBase64(stated)?.equals(contentDigest(event)) === true
}

/**
 * The text that an event's signatures and reference hash cover: its redacted form without them (Server-Server API,
 * Signing Events).
 */
export function eventSignedText(event: JsonObject, version: RoomVersion): string {
  return signedText(redactEvent(event, version))
}

/** SHA-256 over the protected part of the event (Server-Server API, Calculating the reference hash). */
export function referenceHash(event: JsonObject, version: RoomVersion): Buffer {
  return sha256(eventSignedText(event, version))
}

/** The id of an event: what it says itself in room versions 1 and 2, else its reference hash (each room version, Event IDs). */
export function eventIdOf(event: JsonObject, version: RoomVersion): string | undefined {
  if (version.eventIdFormat !== 'given') return eventIdOfSignedText(eventSignedText(event, version), version)
  const eventId = ownValue(event, 'event_id')
  return typeof eventId === 'string' ? eventId : undefined
}

/** The same from the signed text, where that is at hand. */
export function eventIdOfSignedText(text: string, version: RoomVersion): string {
  const digest = sha256(text)
  return `$${version.eventIdFormat === 'base64' ? encodeBase64(digest) : encodeBase64Url(digest)}`
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
