import { findContentProblem, findCreationProblem, type ContentQuestion } from '../../matrix/content-checks.ts'
import { invalidParam, MatrixError } from '../../matrix/errors.ts'
import { isUserId, serverNameOf } from '../../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject } from '../../matrix/json.ts'
import { findRoomVersion, type RoomVersion } from '../../matrix/room-versions.ts'
import { checkNotSuspended } from '../../users/requester-checks.ts'
import type { InvitePermissions } from '../../users/invite-permissions.ts'
import type { Requester } from '../../users/requester.ts'
import type { Log } from '../../util/log.ts'
import { randomString, type Random } from '../../util/random.ts'
import type { Aliases } from '../aliases.ts'
import type { Draft } from '../draft.ts'
import type { MembershipLimits } from '../membership-limits.ts'
import { firstPowerLevels, PRESETS, type Preset } from './presets.ts'
import { profileFields, type MemberProfile, type ProfileSource } from '../profiles.ts'
import type { RemoteMemberships } from '../remote-memberships.ts'
import type { Room } from '../room.ts'
import type { RoomWriter } from '../writer.ts'

/** What a client asks for (Client-Server API, POST /createRoom). */
export interface RoomRequest {
  readonly visibility?: 'public' | 'private'
  readonly room_alias_name?: string
  readonly name?: string
  readonly topic?: string
  readonly invite?: readonly string[]
  readonly room_version?: string
  readonly creation_content?: JsonObject
  readonly initial_state?: readonly { readonly type: string, readonly state_key?: string, readonly content: JsonObject }[]
  readonly preset?: Preset
  readonly is_direct?: boolean
  readonly power_level_content_override?: JsonObject
}

/** Port: the public list of rooms. */
export interface RoomListing {
  /** Throws M_FORBIDDEN where nobody may list rooms. */
  checkMayPublish(): void
  publish(room: number, isPublished: boolean): Promise<void>
}

export interface CreateRoomParts {
  readonly writer: RoomWriter
  readonly profiles: ProfileSource
  readonly aliases: Aliases
  readonly listing: RoomListing
  readonly membershipLimits: MembershipLimits
  readonly remoteMemberships: RemoteMemberships
  readonly log: Log
  readonly random: Random
  readonly serverName: string
  readonly defaultVersion: string
  /** Of rooms that are encrypted although nobody says so. */
  readonly encryptedPresets: readonly Preset[]
  readonly invitePermissions: Pick<InvitePermissions, 'check'>
}

/** What the events of a new room are made from. */
interface Plan {
  readonly creator: string
  readonly request: RoomRequest
  readonly version: RoomVersion
  readonly preset: Preset
  readonly isEncrypted: boolean
  readonly alias: string | undefined
  readonly invites: readonly string[]
  readonly profiles: ReadonlyMap<string, MemberProfile>
}

const ROOM_ID_LENGTH = 18

/** Makes rooms. */
export class RoomCreation {
  readonly #parts: CreateRoomParts

  constructor(parts: CreateRoomParts) {
    this.#parts = parts
  }

  /**
   * Creates a room as the client asks, with all of its first events or not at all; resolves with its id.
   * Throws M_UNSUPPORTED_ROOM_VERSION, M_ROOM_IN_USE, M_FORBIDDEN, M_INVALID_PARAM, M_INVALID_ROOM_STATE, M_BAD_JSON, M_INVITE_BLOCKED,
   * M_LIMIT_EXCEEDED.
   * Client-Server API, Creation.
   */
  async create(requester: Pick<Requester, 'user' | 'userId' | 'suspended' | 'appservice'>, request: RoomRequest): Promise<string> {
    checkNotSuspended(requester)
    const { listing, membershipLimits, invitePermissions } = this.#parts
    const plan = await this.#plan(requester, request)
    for (const userId of plan.invites) await invitePermissions.check(userId)
    const invites = { sender: requester.userId, invited: plan.invites, roomId: undefined }
    const room = await membershipLimits.invite(invites, () => this.#found(requester, plan))
    await this.#inviteOthers(room, plan)
    if (request.visibility === 'public') await listing.publish(room.nid, true)
    return room.roomId
  }

  /** The alias is taken before the room is committed, so that of two who want it one is told no, and has no room. */
  async #found(requester: Pick<Requester, 'user'>, plan: Plan): Promise<Room> {
    const { writer, aliases, random, serverName } = this.#parts
    let taken: string | undefined
    try {
      const { room } = await writer.found({
        version: plan.version,
        roomId: plan.version.roomIdFromCreateEvent ? undefined : newRoomId(random, serverName),
        create: createDraft(plan),
        async rest({ nid, roomId }) {
          const drafts = laterDrafts(plan, roomId, serverName)
          if (plan.alias !== undefined) await aliases.take(plan.alias, nid, requester.user)
          taken = plan.alias
          return drafts
        },
      })
      return room
    } catch (error) {
      if (taken !== undefined) await aliases.release(taken)
      throw error
    }
  }

  /** Users of other servers are invited when there is a room. It stays one where their servers do not answer. */
  async #inviteOthers(room: Room, plan: Plan): Promise<void> {
    const { remoteMemberships, log, serverName } = this.#parts
    for (const userId of plan.invites) {
      if (serverNameOf(userId) === serverName) continue
      try {
        await remoteMemberships.invite(room, inviteDraft(plan, userId))
      } catch (error) {
        if (!(error instanceof MatrixError)) throw error
        log.info({ room: room.roomId, user: userId, error: error.message }, 'Somebody could not be invited into a new room')
      }
    }
  }

  async #plan(requester: Pick<Requester, 'userId' | 'appservice'>, request: RoomRequest): Promise<Plan> {
    const creator = requester.userId
    const { aliases, profiles, listing, serverName, defaultVersion, encryptedPresets } = this.#parts
    if (request.visibility === 'public') listing.checkMayPublish()
    const version = findRoomVersion(request.room_version ?? defaultVersion)
    if (version === undefined) {
      throw new MatrixError('M_UNSUPPORTED_ROOM_VERSION', `Rooms of version ${request.room_version} cannot be made here.`)
    }
    const problem = findCreationProblem(version, request.creation_content ?? {})
    if (problem !== undefined) throw new MatrixError(problem.errcode, problem.message)
    const alias = request.room_alias_name === undefined ? undefined : `#${request.room_alias_name}:${serverName}`
    if (alias !== undefined) await aliases.checkFree(alias, requester)
    const invites = [...new Set(request.invite ?? [])].filter((userId) => userId !== creator)
    for (const userId of invites) {
      if (!isUserId(userId)) throw invalidParam(`${userId} is not a user id.`)
    }
    const preset = request.preset ?? (request.visibility === 'public' ? 'public_chat' : 'private_chat')
    // Nobody speaks in a space, and clients could not read what it shows of itself.
    const isSpace = ownValue(request.creation_content ?? {}, 'type') === 'm.space'
    return {
      creator, request, version, alias, invites, preset,
      isEncrypted: !isSpace && encryptedPresets.includes(preset),
      profiles: await profiles.findProfiles([creator, ...invites]),
    }
  }
}

/** A room id of this server that nobody can guess, for the versions in which it is not that of the create event. */
export function newRoomId(random: Random, serverName: string): string {
  return `!${randomString(random, ROOM_ID_LENGTH)}:${serverName}`
}

function createDraft({ creator, request, version, preset, invites }: Plan): Draft {
  const { room_version: _, creator: __, ...asked } = request.creation_content ?? {}
  const additional = version.creatorsPrivileged ? additionalCreators(asked, preset === 'trusted_private_chat' ? invites : []) : undefined
  return {
    type: 'm.room.create',
    sender: creator,
    stateKey: '',
    content: {
      ...asked,
      room_version: version.id,
      ...(version.creatorInContent ? { creator } : {}),
      ...(additional === undefined ? {} : { additional_creators: additional }),
    },
  }
}

/** Since room version 12 those whom the creator trusts are made creators as well. */
function additionalCreators(asked: JsonObject, trusted: readonly string[]): readonly string[] | undefined {
  const given = ownValue(asked, 'additional_creators')
  if (given === undefined) return trusted.length === 0 ? undefined : trusted
  if (!Array.isArray(given) || !given.every(isUserId)) throw invalidParam('additional_creators must be a list of user ids.')
  return [...new Set([...given, ...trusted])]
}

/** Everything after the create event, in the order that the specification gives (Client-Server API, POST /createRoom). */
function laterDrafts(plan: Plan, roomId: string, serverName: string): Draft[] {
  const { creator, request, preset, alias } = plan
  const state = (type: string, content: JsonObject, stateKey = ''): Draft => ({ type, sender: creator, stateKey, content })
  const initial = (request.initial_state ?? []).map(({ type, state_key: stateKey = '', content }) => state(type, content, stateKey))
  const isInitial = (type: string): boolean => initial.some((draft) => draft.type === type && draft.stateKey === '')
  const { joinRule, historyVisibility, guestAccess } = PRESETS[preset]
  const presets = [
    state('m.room.join_rules', { join_rule: joinRule }),
    state('m.room.history_visibility', { history_visibility: historyVisibility }),
    // Where nothing is said guests may not join.
    ...(guestAccess === 'forbidden' ? [] : [state('m.room.guest_access', { guest_access: guestAccess })]),
    ...(plan.isEncrypted ? [state('m.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' })] : []),
  ]
  const drafts = [
    state('m.room.member', { ...profileFields(plan.profiles.get(creator)), membership: 'join' }, creator),
    state('m.room.power_levels', powerLevels(plan)),
    ...(alias === undefined ? [] : [state('m.room.canonical_alias', { alias })]),
    ...presets.filter((draft) => !isInitial(draft.type)),
    ...initial.filter((draft) => !isReplaced(draft, request)),
    ...(request.name === undefined ? [] : [state('m.room.name', { name: request.name })]),
    ...(request.topic === undefined ? [] : [state('m.room.topic', topicContent(request.topic))]),
    ...plan.invites.filter((userId) => serverNameOf(userId) === serverName).map((userId) => inviteDraft(plan, userId)),
  ]
  for (const { type, content } of drafts) {
    checkFirstContent({ version: plan.version, roomId, serverName, creators: [], type, isState: true, content })
  }
  return drafts
}

function checkFirstContent(question: ContentQuestion): void {
  const problem = findContentProblem(question)
  if (problem !== undefined) throw new MatrixError(problem.errcode, problem.message)
}

/** The name and the topic of the request stand above those of the initial state; the rest of the room's making is not the client's. */
function isReplaced({ type, stateKey }: Draft, request: RoomRequest): boolean {
  if (type === 'm.room.create' || type === 'm.room.member') throw invalidParam(`initial_state must not hold ${type}.`)
  if (stateKey !== '') return false
  return (type === 'm.room.name' && request.name !== undefined) || (type === 'm.room.topic' && request.topic !== undefined)
}

/** The topic, also as the block that newer clients read (Client-Server API, m.room.topic). */
function topicContent(topic: string): JsonObject {
  return { topic, 'm.topic': { 'm.text': [{ body: topic }] } }
}

function powerLevels({ version, creator, request, preset, invites }: Plan): JsonObject {
  const override = request.power_level_content_override ?? {}
  const initial = request.initial_state?.find(({ type, state_key: stateKey = '' }) => type === 'm.room.power_levels' && stateKey === '')
  const users = ownValue(override, 'users')
  if (version.creatorsPrivileged && isJsonObject(users) && Object.hasOwn(users, creator)) {
    throw invalidParam('A creator needs no power level in this room version.')
  }
  // Where the initial state brings levels of its own, these only hold until it does.
  if (initial !== undefined) return firstPowerLevels({ version, creator, equals: [], preset, override: {} })
  const equals = preset === 'trusted_private_chat' ? invites : []
  return firstPowerLevels({ version, creator, equals, preset, override })
}

function inviteDraft({ creator, request, profiles }: Plan, userId: string): Draft {
  return {
    type: 'm.room.member',
    sender: creator,
    stateKey: userId,
    content: { ...profileFields(profiles.get(userId)), membership: 'invite', ...(request.is_direct === true ? { is_direct: true } : {}) },
  }
}
