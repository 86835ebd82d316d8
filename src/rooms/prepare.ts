import type { StrippedSource } from '../matrix/client-event.ts'
import { MatrixError } from '../matrix/errors.ts'
import { fits255Bytes, isEventId, serverNameOf } from '../matrix/ids.ts'
import { relationOf, type Relation } from '../matrix/relations.ts'
import type { Names } from '../store/names.ts'
import type { Draft, PreparedDraft } from './draft.ts'
import type { EventCache } from './event-cache.ts'
import type { RoomEvent } from './room-event.ts'
import type { Room } from './room.ts'

export interface PrepareParts {
  readonly names: Names
  readonly events: EventCache
  readonly serverName: string
}

/** A room that does not exist yet has no members. */
type PreparedRoom = Pick<Room, 'nid'> & Partial<Pick<Room, 'member'>>

/** Looks up what building these events will need. */
export async function prepareDrafts(
  { names, events, serverName }: PrepareParts, room: PreparedRoom, drafts: readonly Draft[],
): Promise<PreparedDraft[]> {
  const localMembers = drafts.map((draft) => localMemberOf(draft, serverName))
  const users = await names.internUsers([...drafts.map((draft) => draft.sender), ...localMembers.filter((userId) => userId !== undefined)])
  const keys = await names.internKeys(drafts.map(({ type, stateKey }) => ({ type, stateKey: stateKey ?? null })))
  const relations = drafts.map(findRelation)
  const wanted = [...relations.flatMap((relation) => relation?.eventId ?? []), ...drafts.flatMap((draft) => draft.redacts ?? [])]
  const known = wanted.length === 0 ? new Map<string, RoomEvent>() : await events.mapById(wanted)
  const inviters = await Promise.all(drafts.map((draft, index) => (
    localMembers[index] === undefined ? undefined : findInviter(draft, drafts, room, events)
  )))
  return drafts.map((draft, index) => {
    const localMember = localMembers[index]
    const relation = relations[index]
    return {
      draft,
      key: keys[index] ?? -1,
      senderNid: users.get(draft.sender) ?? -1,
      localMember: localMember === undefined ? undefined : users.get(localMember),
      relation,
      threadRoot: relation === undefined ? undefined : threadRootOf(relation, known.get(relation.eventId)),
      target: targetOf(draft, known, room),
      inviter: inviters[index],
    }
  })
}

/**
 * Looks at the types and state keys of what we are to say: they get numbers before an event is built, so they are measured before.
 * NUL is what the database cannot hold. Throws M_TOO_LARGE or M_BAD_JSON.
 */
export async function prepareOwn(parts: PrepareParts, room: PreparedRoom, drafts: readonly Draft[]): Promise<PreparedDraft[]> {
  for (const draft of drafts) checkKey(draft)
  return prepareDrafts(parts, room, drafts)
}

function checkKey({ type, stateKey = '' }: Draft): void {
  if (!fits255Bytes(type) || !fits255Bytes(stateKey)) throw new MatrixError('M_TOO_LARGE', 'A type or a state key has at most 255 bytes.')
  if (`${type}${stateKey}`.includes('\0')) throw new MatrixError('M_BAD_JSON', 'A type or a state key cannot hold NUL.')
}

/** The relation by which the event will be found; what names no event relates to none. */
function findRelation({ stateKey, content }: Draft): Relation | undefined {
  const relation = stateKey === undefined ? relationOf(content) : undefined
  if (relation === undefined || !isEventId(relation.eventId)) return undefined
  return fits255Bytes(relation.relType) && !relation.relType.includes('\0') ? relation : undefined
}

function localMemberOf({ type, stateKey }: Draft, serverName: string): string | undefined {
  return type === 'm.room.member' && stateKey !== undefined && serverNameOf(stateKey) === serverName ? stateKey : undefined
}

/** The membership of who sends an invite; in a new room it is made together with the invite. */
async function findInviter(
  { sender, content }: Draft, drafts: readonly Draft[], room: PreparedRoom, events: EventCache,
): Promise<StrippedSource | undefined> {
  if (content['membership'] !== 'invite') return undefined
  const beside = drafts.find(({ type, stateKey }) => type === 'm.room.member' && stateKey === sender)
  const member = room.member?.(sender)
  return beside ?? (member === undefined ? undefined : events.find(member.nid))
}

/** An event belongs to a thread by relation to its root, or to an event of it, as an edit or a reaction does (Threading). */
function threadRootOf(relation: Relation, parent: RoomEvent | undefined): string | undefined {
  return relation.relType === 'm.thread' ? relation.eventId : parent?.threadRoot
}

/** What a room rests on, and who took something back, cannot be taken back: such a redaction is an event like any other. */
const KEPT = new Set(['m.room.create', 'm.room.redaction'])

function targetOf(draft: Draft, known: ReadonlyMap<string, RoomEvent>, room: Pick<Room, 'nid'>): RoomEvent | undefined {
  if (draft.type !== 'm.room.redaction' || draft.redacts === undefined) return undefined
  const target = known.get(draft.redacts)
  return target?.room === room.nid && !KEPT.has(target.type) ? target : undefined
}
