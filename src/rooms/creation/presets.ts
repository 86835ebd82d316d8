import type { Config } from '../../config/config.ts'
import type { JsonObject } from '../../matrix/json.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'

export type Preset = 'private_chat' | 'trusted_private_chat' | 'public_chat'

interface PresetState {
  readonly joinRule: string
  readonly historyVisibility: string
  readonly guestAccess: string
  /** Who may invite: everybody among friends, moderators in public. */
  readonly inviteLevel: number
}

/** Client-Server API, Creation, the table of presets. */
export const PRESETS: Readonly<Record<Preset, PresetState>> = {
  private_chat: { joinRule: 'invite', historyVisibility: 'shared', guestAccess: 'can_join', inviteLevel: 0 },
  trusted_private_chat: { joinRule: 'invite', historyVisibility: 'shared', guestAccess: 'can_join', inviteLevel: 0 },
  public_chat: { joinRule: 'public', historyVisibility: 'shared', guestAccess: 'forbidden', inviteLevel: 50 },
}

/** The presets of rooms that are encrypted although their creators do not say so. */
export function listEncryptedPresets(rooms: Config['encryption']['defaultForRooms']): Preset[] {
  const presets = Object.keys(PRESETS) as Preset[]
  if (rooms === 'off') return []
  return rooms === 'all' ? presets : presets.filter((preset) => PRESETS[preset].joinRule === 'invite')
}

const CREATOR_LEVEL = 100
/** Where creators stand above all levels, only they and those near them may close a room for good. */
const TOMBSTONE_LEVEL_UNDER_CREATORS = 150

export interface PowerLevelsInput {
  readonly version: RoomVersion
  readonly creator: string
  /** Further users at the creator's level. */
  readonly equals: readonly string[]
  readonly preset: Preset
  readonly override: JsonObject
}

/** The content of a new room's first power levels. What the client overrides replaces whole keys of the top level. */
export function firstPowerLevels({ version, creator, equals, preset, override }: PowerLevelsInput): JsonObject {
  const users = version.creatorsPrivileged ? [] : [creator, ...equals]
  return {
    ban: 50,
    events: {
      'm.room.avatar': 50,
      'm.room.canonical_alias': 50,
      'm.room.encryption': 100,
      'm.room.history_visibility': 100,
      'm.room.name': 50,
      'm.room.power_levels': 100,
      'm.room.server_acl': 100,
      'm.room.tombstone': version.creatorsPrivileged ? TOMBSTONE_LEVEL_UNDER_CREATORS : 100,
    },
    events_default: 0,
    invite: PRESETS[preset].inviteLevel,
    kick: 50,
    redact: 50,
    state_default: 50,
    users: Object.fromEntries(users.map((userId) => [userId, CREATOR_LEVEL])),
    users_default: 0,
    ...override,
  }
}
