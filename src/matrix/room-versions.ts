/** Which keys redaction keeps, by event type; `all` keeps the whole content. */
export type KeptContent = Readonly<Record<string, readonly string[] | 'all'>>

/** What a room version decides. The values are data: no code asks for a version by its number. */
export interface RoomVersion {
  readonly id: string
  /** `v1`: the event names its own id, references are pairs of id and hash. `v3`: references are ids. */
  readonly eventFormat: 'v1' | 'v3'
  /** `given` by the event, or its reference hash in one of two alphabets. */
  readonly eventIdFormat: 'given' | 'base64' | 'base64url'
  /** Whether the room's id is the hash of its create event, which then is no auth event. */
  readonly roomIdFromCreateEvent: boolean
  /** Whether Canonical JSON is enforced: integers within ±(2^53 - 1) and nothing else. */
  readonly strictCanonicalJson: boolean
  /** Whether types and state keys are measured in bytes; before that servers let as many characters pass (Size limits). */
  readonly measuresBytes: boolean
  /** Whether a key must have been valid when the event was made. */
  readonly enforcesKeyValidity: boolean
  readonly keptKeys: readonly string[]
  readonly keptContent: KeptContent
  /** Whether `third_party_invite.signed` of a membership survives redaction. */
  readonly keepsThirdPartyInviteSigned: boolean
  /** Where a redaction names its target: `redacts` of the event or of its content. */
  readonly redactsIn: 'event' | 'content'
  readonly stateResolution: 'v1' | 'v2' | 'v2.1'
  /** Whether `content.creator` names the creator and must be there; else the sender of the create event is it. */
  readonly creatorInContent: boolean
  /** Whether creators stand above all power levels, and `additional_creators` names more of them. */
  readonly creatorsPrivileged: boolean
  /** Whether `m.room.aliases` has an auth rule of its own. */
  readonly authorizesAliases: boolean
  /** Whether the auth rules look at the redact level. */
  readonly authorizesRedactions: boolean
  /** Whether changes of `notifications` in the power levels are checked like those of `events`. */
  readonly checksNotificationLevels: boolean
  /** Whether power levels must be integers; else strings (and, without strict JSON, floats) are read as such. */
  readonly integerPowerLevels: boolean
  readonly knocking: boolean
  readonly restrictedJoins: boolean
  readonly knockRestricted: boolean
}

const v1: RoomVersion = {
  id: '1',
  eventFormat: 'v1',
  eventIdFormat: 'given',
  roomIdFromCreateEvent: false,
  strictCanonicalJson: false,
  measuresBytes: false,
  enforcesKeyValidity: false,
  keptKeys: [
    'event_id', 'type', 'room_id', 'sender', 'state_key', 'content', 'hashes', 'signatures', 'depth', 'prev_events', 'prev_state',
    'auth_events', 'origin', 'origin_server_ts', 'membership',
  ],
  keptContent: {
    'm.room.member': ['membership'],
    'm.room.create': ['creator'],
    'm.room.join_rules': ['join_rule'],
    'm.room.power_levels': ['ban', 'events', 'events_default', 'kick', 'redact', 'state_default', 'users', 'users_default'],
    'm.room.aliases': ['aliases'],
    'm.room.history_visibility': ['history_visibility'],
  },
  keepsThirdPartyInviteSigned: false,
  redactsIn: 'event',
  stateResolution: 'v1',
  creatorInContent: true,
  creatorsPrivileged: false,
  authorizesAliases: true,
  authorizesRedactions: true,
  checksNotificationLevels: false,
  integerPowerLevels: false,
  knocking: false,
  restrictedJoins: false,
  knockRestricted: false,
}

const v2: RoomVersion = { ...v1, id: '2', stateResolution: 'v2' }
const v3: RoomVersion = { ...v2, id: '3', eventFormat: 'v3', eventIdFormat: 'base64', authorizesRedactions: false }
const v4: RoomVersion = { ...v3, id: '4', eventIdFormat: 'base64url' }
const v5: RoomVersion = { ...v4, id: '5', enforcesKeyValidity: true }
const v6: RoomVersion = {
  ...v5,
  id: '6',
  strictCanonicalJson: true,
  keptContent: withoutAliases(v5.keptContent),
  authorizesAliases: false,
  checksNotificationLevels: true,
}
const v7: RoomVersion = { ...v6, id: '7', knocking: true }
const v8: RoomVersion = {
  ...v7,
  id: '8',
  restrictedJoins: true,
  keptContent: { ...v7.keptContent, 'm.room.join_rules': ['join_rule', 'allow'] },
}
const v9: RoomVersion = {
  ...v8,
  id: '9',
  keptContent: { ...v8.keptContent, 'm.room.member': ['membership', 'join_authorised_via_users_server'] },
}
const v10: RoomVersion = { ...v9, id: '10', integerPowerLevels: true, knockRestricted: true }
const v11: RoomVersion = {
  ...v10,
  id: '11',
  measuresBytes: true,
  creatorInContent: false,
  redactsIn: 'content',
  keptKeys: v10.keptKeys.filter((key) => key !== 'origin' && key !== 'membership' && key !== 'prev_state'),
  keptContent: {
    ...v10.keptContent,
    'm.room.create': 'all',
    'm.room.power_levels': [
      'ban', 'events', 'events_default', 'invite', 'kick', 'redact', 'state_default', 'users', 'users_default',
    ],
    'm.room.redaction': ['redacts'],
  },
  keepsThirdPartyInviteSigned: true,
}
const v12: RoomVersion = {
  ...v11,
  id: '12',
  stateResolution: 'v2.1',
  roomIdFromCreateEvent: true,
  creatorsPrivileged: true,
}

const versions: ReadonlyMap<string, RoomVersion> =
  new Map([v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12].map((version) => [version.id, version]))

/** The room version of that id, or undefined if we do not know it (specification, Room Versions). */
export function findRoomVersion(id: string): RoomVersion | undefined {
  return versions.get(id)
}

/** All room versions that we know, all of them stable, oldest first. */
export function listRoomVersions(): readonly RoomVersion[] {
  return [...versions.values()]
}

function withoutAliases(kept: KeptContent): KeptContent {
  return Object.fromEntries(Object.entries(kept).filter(([type]) => type !== 'm.room.aliases'))
}
