import { isServerName } from './server-name.ts'

const ID_BYTES_MAX = 255
const DEVICE_ID_LENGTH_MAX = 512
const LOCALPART = /^[a-z0-9._=/+-]+$/
const MEDIA_ID = /^[A-Za-z0-9_-]{1,255}$/
const HASH = /^[A-Za-z0-9_-]{43}$/

/** A user id or a room alias in its parts. */
export interface QualifiedId {
  readonly localpart: string
  readonly serverName: string
}

export interface MxcUri {
  readonly serverName: string
  readonly mediaId: string
}

/** Whether the text takes at most 255 bytes, the limit of ids, event types and state keys (Client-Server API, Size limits). */
export function fits255Bytes(text: string): boolean {
  return text.length * 3 <= ID_BYTES_MAX || (text.length <= ID_BYTES_MAX && Buffer.byteLength(text) <= ID_BYTES_MAX)
}

/** The same in characters, by code points. */
export function fits255Characters(text: string): boolean {
  return text.length <= ID_BYTES_MAX || (text.length <= ID_BYTES_MAX * 2 && [...text].length <= ID_BYTES_MAX)
}

/**
 * The parts of a user id, also of one from before today's grammar: any characters but `:` and NUL, or none
 * (appendices, Historical User IDs). Undefined if it is no user id.
 */
export function parseUserId(id: string): QualifiedId | undefined {
  return parseQualified(id, '@')
}

/** Whether the text is a user id, historical ones included. */
export function isUserId(id: unknown): id is string {
  return typeof id === 'string' && parseUserId(id) !== undefined
}

/** Whether a new account may have this localpart (appendices, User Identifiers). */
function isLocalpartForNewUser(localpart: string): boolean {
  return LOCALPART.test(localpart)
}

/** The user id of a local account; undefined if the grammar for new users or the length forbids it. */
export function newUserId(localpart: string, serverName: string): string | undefined {
  const id = `@${localpart}:${serverName}`
  return isLocalpartForNewUser(localpart) && fits255Bytes(id) ? id : undefined
}

/** The parts of a room alias, or undefined if it is none (appendices, Room Aliases). */
function parseRoomAlias(alias: string): QualifiedId | undefined {
  const parts = parseQualified(alias, '#')
  return parts === undefined || parts.localpart === '' ? undefined : parts
}

/** Whether the text is a room alias. */
export function isRoomAlias(alias: unknown): alias is string {
  return typeof alias === 'string' && parseRoomAlias(alias) !== undefined
}

/** Whether the text is a room id, with a domain or (from room version 12) without (appendices, Room IDs). */
export function isRoomId(id: unknown): id is string {
  return typeof id === 'string' && isOpaqueOrQualified(id, '!')
}

/** Whether the text is an event id of any room version (appendices, Event IDs). */
export function isEventId(id: unknown): id is string {
  return typeof id === 'string' && isOpaqueOrQualified(id, '$')
}

/** Whether the room id is the hash of its create event (room version 12). */
export function isHashRoomId(id: string): boolean {
  return id.startsWith('!') && HASH.test(id.slice(1))
}

/** The room id that a create event gives its room (room version 12, Room IDs), and the way back. */
export function roomIdOfCreateEvent(createEventId: string): string {
  return `!${createEventId.slice(1)}`
}

/** The id of the create event of a room whose id is its hash (room version 12). */
export function createEventIdOfRoom(roomId: string): string {
  return `$${roomId.slice(1)}`
}

/** What stands after the first colon of an id; undefined for ids without a server name. The id is not checked. */
export function serverNameOf(id: string): string | undefined {
  const colon = id.indexOf(':')
  return colon === -1 ? undefined : id.slice(colon + 1)
}

/** The parts of a content URI, or undefined if it is none (Client-Server API, Matrix Content (mxc://) URIs). */
export function parseMxc(uri: string): MxcUri | undefined {
  if (!uri.startsWith('mxc://')) return undefined
  const slash = uri.indexOf('/', 6)
  const serverName = uri.slice(6, slash)
  const mediaId = uri.slice(slash + 1)
  return slash !== -1 && isServerName(serverName) && isMediaId(mediaId) ? { serverName, mediaId } : undefined
}

/** Whether the text can name media: it never holds what a path or a URL could mistake for something else. */
export function isMediaId(id: string): boolean {
  return MEDIA_ID.test(id)
}

/** Whether a client may call its device so; the specification gives no grammar, so only the length is bounded. */
export function isDeviceId(id: string): boolean {
  return id.length > 0 && id.length <= DEVICE_ID_LENGTH_MAX && !id.includes('\0') && id.isWellFormed()
}

function parseQualified(id: string, sigil: string): QualifiedId | undefined {
  const colon = id.indexOf(':')
  if (!id.startsWith(sigil) || colon === -1 || !fits255Bytes(id) || id.includes('\0') || !id.isWellFormed()) return undefined
  const serverName = id.slice(colon + 1)
  return isServerName(serverName) ? { localpart: id.slice(1, colon), serverName } : undefined
}

function isOpaqueOrQualified(id: string, sigil: string): boolean {
  if (id.length < 2 || !id.startsWith(sigil) || !fits255Bytes(id) || id.includes('\0') || !id.isWellFormed()) return false
  const serverName = serverNameOf(id)
  return serverName === undefined || isServerName(serverName)
}
