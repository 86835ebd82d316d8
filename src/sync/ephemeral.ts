import { hasReceiptOf } from '../notifications/own-receipts.ts'
import type { ReceiptContent } from '../rooms/reading/receipts.ts'
import type { ChangeIndex } from './change-index.ts'
import type { SyncContext } from './context.ts'

/** Who types where (rooms/reading/typing.ts). */
export interface TypingSource {
  typingIn(room: number): readonly string[]
  changedAt(room: number): number
  listen(listener: (room: number) => void): void
}

/** How far people have read (rooms/reading/receipts.ts). */
export interface ReceiptSource {
  listSince(
    rooms: readonly { readonly room: number, readonly after: number }[], upTo: number, user: number,
  ): Promise<Map<number, readonly ReceiptContent[]>>
}

export interface EphemeralParts {
  readonly typing: TypingSource
  readonly receipts: ReceiptSource
  readonly changes: ChangeIndex
  /** What numbers the changes of typing since this process began. */
  readonly order: { readonly instance: string, current(): number }
}

/** A room, and since when its receipts are wanted: since 0 where it is new to the client. */
export interface EphemeralTask { readonly room: number, readonly roomId: string, readonly after: number }

/** What is told of a room that is not kept. */
export interface EphemeralNews {
  readonly events: readonly string[]
  /** Whether the user has read further, so that the counts of unread events changed. */
  readonly hasOwnReceipt: boolean
}

/** Typing and receipts by room; rooms without any are left out. */
export async function readEphemeral(
  { typing, receipts, changes, order }: EphemeralParts, tasks: readonly EphemeralTask[], context: SyncContext,
): Promise<Map<number, EphemeralNews>> {
  const { reader, since, filter: { ephemeral }, upTo } = context
  const changed = tasks.filter(({ room, after }) => after < upTo && changes.receipts.mayHaveChanged(room, after))
  const contents = changed.length === 0 ? new Map<number, readonly ReceiptContent[]>() : await receipts.listSince(
    changed, upTo, reader.user,
  )
  const news = new Map<number, EphemeralNews>()
  for (const { room, roomId, after } of tasks) {
    const passes = (type: string): boolean => ephemeral.passesRoom(roomId) && ephemeral.passesType(type)
    const read = contents.get(room) ?? []
    const events = passes('m.receipt') ? read.map((content) => `{"type":"m.receipt","content":${JSON.stringify(content)}}`) : []
    const isNew = after === 0 || since === undefined || since.instance !== order.instance
    const userIds = isNew || typing.changedAt(room) > since.ephemeral ? typing.typingIn(room) : undefined
    // Who comes anew sees who types; that nobody does is told to those only who may have seen somebody.
    if (userIds !== undefined && passes('m.typing') && !(isNew && userIds.length === 0)) {
      events.push(`{"type":"m.typing","content":{"user_ids":${JSON.stringify(userIds)}}}`)
    }
    const hasOwnReceipt = read.some((content) => hasReceiptOf(content, reader.userId))
    if (events.length > 0 || hasOwnReceipt) news.set(room, { events, hasOwnReceipt })
  }
  return news
}

/** The same in one list, for clients that are told of all rooms together: with `room_id`. */
export async function listEphemeral(parts: EphemeralParts, tasks: readonly EphemeralTask[], context: SyncContext): Promise<string[]> {
  const news = await readEphemeral(parts, tasks, context)
  return tasks.flatMap(({ room, roomId }) => (
    (news.get(room)?.events ?? []).map((event) => `{"room_id":${JSON.stringify(roomId)},${event.slice(1)}`)
  ))
}
