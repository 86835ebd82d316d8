import type { SharedRooms } from '../members/shared-rooms.ts'
import { listUsersSharing } from '../store/memberships.ts'
import type { Db } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import type { Presence } from '../users/presence.ts'
import type { SyncContext } from './context.ts'

export interface PresenceParts {
  readonly db: Db
  readonly names: Pick<Names, 'userIds'>
  readonly sharedRooms: Pick<SharedRooms, 'listSharing'>
  readonly presence: Pick<Presence, 'enabled' | 'changedSince' | 'list' | 'listen'>
  /** What numbers the changes since this process began. */
  readonly order: { readonly instance: string }
}

/** `presence`: the events as JSON text. Of oneself and of those with whom one shares a room (Client-Server API, Presence). */
export async function readPresence({ db, names, sharedRooms, presence, order }: PresenceParts, { reader, since, fullState, filter, ignored }: SyncContext): Promise<string[]> {
  if (!presence.enabled || filter.presence.limit === 0 || !filter.presence.passesType('m.presence')) return []
  const isNew = since === undefined || fullState || since.instance !== order.instance
  const changed = isNew ? undefined : presence.changedSince(since.ephemeral)
  if (changed?.length === 0) return []
  const users = changed === undefined ? await listUsersSharing(db, reader.user) : [...await sharedRooms.listSharing(reader.user, changed.filter((user) => user !== reader.user))]
  const isOwnNews = changed === undefined || changed.includes(reader.user)
  const told = [...users, ...isOwnNews ? [reader.user] : []]
  if (told.length === 0) return []
  const [contents, userIds] = await Promise.all([presence.list(told), names.userIds(told)])
  const events: string[] = []
  for (const [user, content] of contents) {
    const sender = userIds.get(user)
    // Who comes anew takes everybody of whom nothing is said as offline.
    if (sender === undefined || (isNew && content.presence === 'offline') || ignored.has(sender)) continue
    if (filter.presence.passes({ type: 'm.presence', sender })) events.push(`{"type":"m.presence","sender":${JSON.stringify(sender)},"content":${JSON.stringify(content)}}`)
  }
  return events
}
