import { authorize, type AuthorizableEvent } from '../matrix/auth-rules.ts'
import { authTypesFor } from '../matrix/auth-events.ts'
import { buildEvent, wireFields, type BuildEventInput, type EventFields } from '../matrix/build-event.ts'
import { forbidden, MatrixError } from '../matrix/errors.ts'
import type { JsonObject } from '../matrix/json.ts'
import { actionLevel, powerLevelsOf, userLevel } from '../matrix/power-levels.ts'
import { redactedContent } from '../matrix/redaction.ts'
import type { FindState, StateEvent } from '../matrix/room-state.ts'
import type { SigningKey } from '../matrix/signing.ts'
import type { Membership } from '../members/members.ts'
import type { BuiltEvent, Draft, PreparedDraft } from './draft.ts'
import type { RoomEvent } from './room-event.ts'
import { boundExtremities, type Extremity, type PendingChange, type Room, type StateEntry } from './room.ts'
import { stripState } from './stripped-state.ts'

/** Who signs, and what time it is. */
export interface Signer {
  readonly serverName: string
  readonly key: SigningKey
  now(): number
}

export interface BuildInput {
  readonly room: Room
  readonly prepared: PreparedDraft
  readonly nid: number
  readonly signer: Signer
  readonly referenceHashOf: NonNullable<BuildEventInput['referenceHashOf']>
}

export type SignedNext = Pick<BuiltEvent, 'pdu' | 'canonical' | 'prevNids' | 'authNids'>

/** An event at most names so many predecessors (Rooms, Event format). */
export const PREV_EVENTS_MAX = 20
const DEPTH_MAX = Number.MAX_SAFE_INTEGER
/** Who is not in the room yet is shown what it is. */
const SHOWN_STRIPPED: ReadonlySet<Membership | undefined> = new Set<Membership>(['invite', 'knock'])

/** The state that the next event of a room will be built upon, as the auth rules look at it. */
export function pendingAuthState(room: Room): (type: string, stateKey: string) => StateEvent & { readonly nid: number } | undefined {
  return (type, stateKey) => {
    if (type !== 'm.room.member') return room.pendingState(type, stateKey)
    const member = room.pendingMember(stateKey)
    return member === undefined ? undefined : { ...member, content: { membership: member.membership } }
  }
}

/** The numbers of the events that a state event will cite by what is pending now; other events need no place among them. */
export function listAuthNids(room: Room, draft: Draft): number[] {
  if (draft.stateKey === undefined) return []
  return findAuthEvents(room, draft).map(({ nid }) => nid)
}

/** The ids of the events that the next one will name by what is pending now. */
export function listCited(room: Room, draft: Draft): string[] {
  return [...listPrev(room), ...findAuthEvents(room, draft)].map(({ eventId }) => eventId)
}

function findAuthEvents(room: Room, { type, sender, stateKey, content }: Draft): readonly (StateEvent & { readonly nid: number })[] {
  const state = pendingAuthState(room)
  return authTypesFor({ type, sender, stateKey, content }, room.version).flatMap((key) => state(key.type, key.stateKey) ?? [])
}

/**
 * Builds, authorises and signs the next event of a room and takes it as pending. Nothing is awaited here, so that two
 * senders never build upon the same moment. Throws M_FORBIDDEN, M_BAD_JSON or M_TOO_LARGE, and then changed nothing.
 */
export function buildNext({ room, prepared, nid, ...input }: BuildInput): BuiltEvent {
  const receivedAt = input.signer.now()
  const { prevNids, authNids, ...signed } = signNext({ room, draft: prepared.draft, ...input })
  checkRedaction(room, prepared, pendingAuthState(room))
  return take({ room, prepared, nid, ...signed, receivedAt, prevNids, authNids })
}

/** The next event of a room, authorised and signed, without taking it. Throws as `buildNext` does. */
export function signNext(
  { room, draft, signer, referenceHashOf }: Omit<BuildInput, 'prepared' | 'nid'> & { readonly draft: Draft },
): SignedNext {
  const { fields, prevNids, authNids } = planNext(room, draft, signer.now())
  const built = buildEvent({ version: room.version, fields, serverName: signer.serverName, key: signer.key, referenceHashOf })
  if (!built.ok) throw new MatrixError(built.reason === 'too-large' ? 'M_TOO_LARGE' : 'M_BAD_JSON', built.message)
  checkAllowed(room, built.pdu)
  return { pdu: built.pdu, canonical: built.canonical, prevNids, authNids }
}

/** What the next event of a room says if somebody of another server is to complete and sign it. Throws M_FORBIDDEN. */
export function templateNext({ room, draft, signer, referenceHashOf }: Parameters<typeof signNext>[0]): JsonObject {
  const { fields } = planNext(room, draft, signer.now())
  checkAllowed(room, { ...fields, eventId: '', roomId: room.roomId, stateKey: fields.stateKey, json: {} })
  return { ...wireFields(room.version, fields, referenceHashOf), origin: signer.serverName }
}

function listPrev(room: Room): readonly Extremity[] {
  return room.extremities().slice(0, PREV_EVENTS_MAX)
}

function planNext(room: Room, draft: Draft, now: number): { fields: EventFields } & Pick<SignedNext, 'prevNids' | 'authNids'> {
  const prev = listPrev(room)
  const auth = findAuthEvents(room, draft)
  const fields = {
    type: draft.type,
    sender: draft.sender,
    content: draft.content,
    ...(draft.stateKey === undefined ? {} : { stateKey: draft.stateKey }),
    ...(draft.redacts === undefined ? {} : { redacts: draft.redacts }),
    ...(draft.type === 'm.room.create' && room.version.roomIdFromCreateEvent ? {} : { roomId: room.roomId }),
    prevEvents: prev.map(({ eventId }) => eventId),
    authEvents: auth.map(({ eventId }) => eventId),
    depth: Math.min(DEPTH_MAX, Math.max(0, ...prev.map(({ depth }) => depth)) + 1),
    originServerTs: draft.originServerTs ?? now,
  }
  return { fields, prevNids: prev.map(({ nid }) => nid), authNids: auth.map(({ nid }) => nid) }
}

/** Whether others have signed the event is asked of what is received only. */
function checkAllowed(room: Room, event: AuthorizableEvent): void {
  const verdict = authorize(room.version, event, pendingAuthState(room), { isSignedBy: () => true })
  if (!verdict.allowed) throw forbidden(verdict.reason)
}

/**
 * Who redacts an event of somebody else needs the power to redact, or to be of the same server (each room version since 3,
 * "Handling redactions"); among users of one server we ask for the power or for the own event.
 */
export function checkRedaction(room: Room, { draft, target }: PreparedDraft, state: FindState): void {
  if (target === undefined || target.sender === draft.sender) return
  const levels = powerLevelsOf(room.version, state)
  if (userLevel(levels, draft.sender) < actionLevel(levels, 'redact')) throw forbidden('You may not redact the messages of others here.')
}

/** Takes a signed event as the next of its room. */
export function take({ room, ...event }: Omit<BuiltEvent, 'replacesNid' | 'change' | 'strippedState'> & { room: Room }): BuiltEvent {
  const { prepared, pdu } = event
  const redacted = redactedState(room, prepared.target)
  const change = { ...changeOf(room, event), ...(redacted === undefined ? {} : { redacted }) }
  const replacesNid = replacedBy(room, prepared.draft)
  const showsRoom = prepared.localMember !== undefined && SHOWN_STRIPPED.has(change.member?.membership)
  const strippedState = showsRoom ? stripState(room, pdu, prepared.inviter) : undefined
  room.pend(change)
  return { ...event, replacesNid, change, strippedState }
}

/** What the event changes in the memory of its room. */
function changeOf(
  room: Room, { prepared: { draft, key }, nid, pdu, prevNids }: Pick<BuiltEvent, 'prepared' | 'nid' | 'pdu' | 'prevNids'>,
): PendingChange {
  const { eventId } = pdu
  const others = room.extremities().filter((each) => !prevNids.includes(each.nid))
  const extremities = boundExtremities([{ nid, eventId, depth: pdu.depth }, ...others])
  if (draft.stateKey === undefined) return { extremities }
  if (draft.type === 'm.room.member') {
    const membership = String(draft.content['membership']) as Membership
    return { extremities, member: { key, userId: draft.stateKey, nid, eventId, sender: draft.sender, membership } }
  }
  return {
    extremities, state: { key, type: draft.type, stateKey: draft.stateKey, nid, eventId, sender: draft.sender, content: draft.content },
  }
}

/** What is left of the entry of the state that the redacted event had set, while no later one has taken its place. */
export function redactedState(room: Room, target: RoomEvent | undefined): StateEntry | undefined {
  if (target?.stateKey === undefined) return undefined
  const entry = room.pendingState(target.type, target.stateKey)
  if (entry?.nid !== target.nid) return undefined
  return { ...entry, content: redactedContent(target.pdu, room.version) }
}

function replacedBy(room: Room, { type, stateKey }: Draft): number | undefined {
  if (stateKey === undefined) return undefined
  return type === 'm.room.member' ? room.pendingMember(stateKey)?.nid : room.pendingState(type, stateKey)?.nid
}
