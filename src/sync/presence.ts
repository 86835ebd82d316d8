import type { SharedRooms } from '../members/shared-rooms.ts'
import type { UserRoom } from '../members/members.ts'
import type { Names } from '../store/names.ts'
import type { Presence } from '../users/presence.ts'
import type { ConnectedUsers } from './connected-users.ts'
import type { SyncContext } from './context.ts'

export interface PresenceParts {
  readonly names: Pick<Names, 'userIds'>
  readonly sharedRooms: Pick<SharedRooms, 'listSharing'>
  readonly presence: Pick<Presence, 'enabled' | 'changedSince' | 'list' | 'listPresent' | 'listHeard' | 'listen'>
  readonly connected: Pick<ConnectedUsers, 'has' | 'usersIn'>
  /** What numbers the changes since this process began. */
  readonly order: { readonly instance: string }
}

/** `presence`: the events as JSON text. Of oneself and of those with whom one shares a room (Client-Server API, Presence). */
export async function readPresence(parts: PresenceParts, joined: readonly UserRoom[], context: SyncContext): Promise<string[]> {
  const { reader, since, fullState, filter, ignored } = context
  const { presence, order, names } = parts
  if (!presence.enabled || filter.presence.limit === 0 || !filter.presence.passesType('m.presence')) return []
  const isNew = since === undefined || fullState || since.instance !== order.instance
  const changed = isNew ? undefined : presence.changedSince(since.ephemeral)
  if (changed?.length === 0) return []
  const contents = changed === undefined ? await readPresent(parts, joined, context) : await readChanged(parts, changed, joined, context)
  if (contents.size === 0) return []
  const userIds = await names.userIds([...contents.keys()])
  const events: string[] = []
  for (const [user, content] of contents) {
    const sender = userIds.get(user)
    if (sender === undefined || (ignored.has(sender) && user !== reader.user)) continue
    if (!filter.presence.passes({ type: 'm.presence', sender })) continue
    events.push(`{"type":"m.presence","sender":${JSON.stringify(sender)},"content":${JSON.stringify(content)}}`)
  }
  return events
}

type Contents = Awaited<ReturnType<Presence['list']>>

/**
 * Who comes anew takes everybody of whom nothing is said as offline. Who is here syncs, and so is known without a query;
 * of users of other servers it must be asked whom of them the reader meets.
 */
async function readPresent(
  { presence, connected, sharedRooms }: PresenceParts, joined: readonly UserRoom[], { reader }: SyncContext,
): Promise<Contents> {
  const users = connected.usersIn(joined.map(({ room }) => room)).add(reader.user)
  const heard = presence.listHeard()
  const met = heard.length === 0 ? [] : await sharedRooms.listSharing(reader.user, heard)
  return presence.listPresent([...users, ...met])
}

async function readChanged(
  { presence, sharedRooms, connected }: PresenceParts, changed: readonly number[], joined: readonly UserRoom[], { reader }: SyncContext,
): Promise<Contents> {
  const near = connected.usersIn(joined.map(({ room }) => room)).add(reader.user)
  // Of who is not here any more it must be asked where he is.
  const gone = changed.filter((user) => !near.has(user) && !connected.has(user))
  const sharing = gone.length === 0 ? [] : await sharedRooms.listSharing(reader.user, gone)
  return presence.list([...changed.filter((user) => near.has(user)), ...sharing])
}
