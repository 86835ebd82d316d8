import { canonicalJson } from '../matrix/canonical-json.ts'
import { invalidParam, MatrixError, notFound } from '../matrix/errors.ts'
import { parseMxc, parseUserId, serverNameOf } from '../matrix/ids.ts'
import { ownValue, setOwn, type JsonObject, type JsonValue, type MutableJsonObject } from '../matrix/json.ts'
import type { Db } from '../store/database.ts'
import { findUsers } from '../store/dictionary.ts'
import type { Names } from '../store/names.ts'
import { findProfile, listProfiles, lockProfile, updateProfile, type ProfileRow } from '../store/users/profiles.ts'
import type { RemoteProfiles } from './remote-profiles.ts'

/** What of a profile stands in membership events. */
export interface ShownProfile {
  readonly displayname?: string
  readonly avatar_url?: string
}

const DISPLAY_NAME_LENGTH_MAX = 256
const AVATAR_URL_LENGTH_MAX = 1000
const KEY_BYTES_MAX = 255
const PROFILE_BYTES_MAX = 65_536
const FIELD_KEY = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/

/** What users tell about themselves: those of this server, and through it those of others (Client-Server API, Profiles). */
export class Profiles {
  readonly #db: Db
  readonly #names: Names
  readonly #serverName: string
  readonly #remote: RemoteProfiles

  constructor(
    { db, names, serverName, remoteProfiles }: { db: Db, names: Names, serverName: string, remoteProfiles: RemoteProfiles },
  ) {
    this.#db = db
    this.#names = names
    this.#serverName = serverName
    this.#remote = remoteProfiles
  }

  /** The whole profile. Errors: M_NOT_FOUND for who has none, M_UNKNOWN (502) where another server does not tell. */
  async get(userId: string): Promise<JsonObject> {
    const server = parseUserId(userId)?.serverName
    return server === undefined || server === this.#serverName ? this.getOwn(userId) : this.#remote.get(server, userId)
  }

  /** The whole profile of a user of this server. Errors: M_NOT_FOUND. */
  async getOwn(userId: string): Promise<JsonObject> {
    const user = parseUserId(userId)?.serverName === this.#serverName ? await this.#names.findUser(userId) : undefined
    const row = user === undefined ? undefined : await findProfile(this.#db, user)
    if (row === undefined) throw notFound('There is no profile of that user here.')
    return read(row)
  }

  /** One field as an object of one key. Errors: M_NOT_FOUND, M_INVALID_PARAM, M_KEY_TOO_LARGE. */
  async getField(userId: string, key: string): Promise<JsonObject> {
    checkKey(key)
    const value = ownValue(await this.get(userId), key)
    if (value === undefined) throw notFound('The profile has no such field.')
    return { [key]: value }
  }

  /** The display name and the avatar, as membership events show them, of those of the users that have a profile here. */
  async findProfiles(userIds: readonly string[]): Promise<Map<string, ShownProfile>> {
    const own = userIds.filter((userId) => serverNameOf(userId) === this.#serverName)
    const [only] = own
    const users = only !== undefined && own.length === 1
      ? new Map([[only, await this.#names.findUser(only) ?? 0]])
      : await findUsers(this.#db, own)
    const rows = await listProfiles(this.#db, [...users.values()])
    const found = new Map<string, ShownProfile>()
    for (const [userId, user] of users) {
      const row = rows.get(user)
      if (row !== undefined) found.set(userId, show(row))
    }
    return found
  }

  /**
   * Sets a field; null takes a display name or an avatar away. Returns what membership events must show from now on if
   * that has changed. Errors: M_MISSING_PARAM, M_INVALID_PARAM, M_KEY_TOO_LARGE, M_PROFILE_TOO_LARGE.
   */
  async setField(user: number, key: string, value: JsonValue): Promise<ShownProfile | undefined> {
    checkKey(key)
    checkValue(key, value)
    return this.#change(user, (profile) => {
      if ((key === 'displayname' || key === 'avatar_url') && (value === null || value === '')) delete profile[key]
      else setOwn(profile, key, value)
    })
  }

  /** Takes a field away if it is there. The same answer as `setField`. Errors: M_INVALID_PARAM, M_KEY_TOO_LARGE. */
  async deleteField(user: number, key: string): Promise<ShownProfile | undefined> {
    checkKey(key)
    return this.#change(user, (profile) => {
      delete profile[key]
    })
  }

  /** Takes everything away. */
  async erase(user: number): Promise<void> {
    await this.#db.transaction().execute((trx) => updateProfile(trx, user, { display_name: null, avatar_url: null, fields: '{}' }))
  }

  async #change(user: number, change: (profile: MutableJsonObject) => void): Promise<ShownProfile | undefined> {
    const { before, after } = await this.#db.transaction().execute(async (trx) => {
      const row = await lockProfile(trx, user)
      const profile = read(row)
      change(profile)
      if (Buffer.byteLength(canonicalJson(profile)) > PROFILE_BYTES_MAX) {
        throw new MatrixError('M_PROFILE_TOO_LARGE', 'The profile would be larger than 64 KiB.')
      }
      const next = write(profile)
      await updateProfile(trx, user, next)
      return { before: row, after: next }
    })
    const isSame = before.display_name === after.display_name && before.avatar_url === after.avatar_url
    return isSame ? undefined : show(after)
  }
}

function read({ display_name: displayName, avatar_url: avatarUrl, fields }: ProfileRow): MutableJsonObject {
  const profile = JSON.parse(fields) as MutableJsonObject
  if (displayName !== null) profile['displayname'] = displayName
  if (avatarUrl !== null) profile['avatar_url'] = avatarUrl
  return profile
}

function write({ displayname, avatar_url: avatarUrl, ...fields }: MutableJsonObject): ProfileRow {
  return {
    display_name: typeof displayname === 'string' ? displayname : null,
    avatar_url: typeof avatarUrl === 'string' ? avatarUrl : null,
    fields: JSON.stringify(fields),
  }
}

function show({ display_name: displayName, avatar_url: avatarUrl }: ProfileRow): ShownProfile {
  return { ...(displayName === null ? {} : { displayname: displayName }), ...(avatarUrl === null ? {} : { avatar_url: avatarUrl }) }
}

/** A field is one of those that the specification names, or follows the grammar of namespaced identifiers. */
function checkKey(key: string): void {
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) {
    throw new MatrixError('M_KEY_TOO_LARGE', 'The name of a profile field has at most 255 bytes.')
  }
  if (key !== 'displayname' && key !== 'avatar_url' && !FIELD_KEY.test(key)) throw invalidParam('That is no name for a profile field.')
}

function checkValue(key: string, value: JsonValue): void {
  if (key === 'm.tz' && typeof value !== 'string') throw invalidParam('m.tz is a text.')
  if ((key !== 'displayname' && key !== 'avatar_url') || value === null) return
  if (typeof value !== 'string') throw invalidParam(`${key} is a text.`)
  if (key === 'displayname') checkDisplayName(value)
  else checkAvatarUrl(value)
}

/** Errors: M_INVALID_PARAM. */
export function checkDisplayName(name: string): void {
  if (name.length > DISPLAY_NAME_LENGTH_MAX) throw invalidParam(`A display name can have at most ${DISPLAY_NAME_LENGTH_MAX} characters.`)
  if (name.includes('\0')) throw invalidParam('A display name cannot hold NUL.')
}

function checkAvatarUrl(url: string): void {
  if (url.length > AVATAR_URL_LENGTH_MAX) throw invalidParam(`An avatar_url can have at most ${AVATAR_URL_LENGTH_MAX} characters.`)
  if (url !== '' && parseMxc(url) === undefined) throw invalidParam('An avatar_url is an mxc:// address.')
}
