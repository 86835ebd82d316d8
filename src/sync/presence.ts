import type { SharedRooms } from '../members/shared-rooms.ts'
import type { UserRoom } from '../members/members.ts'
import type { Names } from '../store/names.ts'
import type { Presence } from '../users/presence.ts'
import type { ChangeIndex } from './change-index.ts'
import type { ConnectedUsers } from './connected-users.ts'
import type { SyncContext } from './context.ts'

export interface PresenceParts {
  readonly names: Pick<Names, 'userIds'>
  readonly sharedRooms: Pick<SharedRooms, 'listSharing' | 'listMetOrLeft'>
  readonly presence: Pick<Presence, 'enabled' | 'changedSince' | 'list' | 'listPresent' | 'listHere' | 'listen'>
  readonly changes: ChangeIndex
  readonly connected: Pick<ConnectedUsers, 'has' | 'usersIn'>
  /** What numbers the changes since this process began. */
  readonly order: { readonly instance: string }
}

/** Somebody's presence, for a client that knows `m.presence` by its sender. */
interface PresenceOf { readonly sender: string, readonly content: object }

/** `presence`: the events as JSON text. Of oneself and of those with whom one shares a room (Client-Server API, Presence). */
export async function readPresence(parts: PresenceParts, joined: readonly UserRoom[], context: SyncContext): Promise<string[]> {
  return (await listPresence(parts, joined, context)).map(write)
}

/** The same for clients from before /sync, which look into the content for whose it is. */
export async function readNamedPresence(parts: PresenceParts, joined: readonly UserRoom[], context: SyncContext): Promise<string[]> {
  const all = await listPresence(parts, joined, context)
  return all.map(({ sender, content }) => write({ sender, content: { ...content, user_id: sender } }))
}

const write = ({ sender, content }: PresenceOf): string => JSON.stringify({ type: 'm.presence', sender, content })

async function listPresence(parts: PresenceParts, joined: readonly UserRoom[], context: SyncContext): Promise<PresenceOf[]> {
  const { reader, since, fullState, filter, ignored } = context
  const { presence, order, names } = parts
  if (!presence.enabled || filter.presence.limit === 0 || !filter.presence.passesType('m.presence')) return []
  const isNew = since === undefined || fullState || since.instance !== order.instance
  const changed = isNew ? undefined : presence.changedSince(since.ephemeral)
  const contents = changed === undefined
    ? await readPresent(parts, joined, context)
    : new Map([...await readMet(parts, joined, context), ...await readChanged(parts, changed, joined, context)])
  if (contents.size === 0) return []
  const userIds = await names.userIds([...contents.keys()])
  const all: PresenceOf[] = []
  for (const [user, content] of contents) {
    const sender = userIds.get(user)
    if (sender === undefined || (ignored.has(sender) && user !== reader.user)) continue
    if (!filter.presence.passes({ type: 'm.presence', sender })) continue
    all.push({ sender, content })
  }
  return all
}

type Contents = Awaited<ReturnType<Presence['list']>>

/**
 * Who comes anew takes everybody of whom nothing is said as offline. Most who are here sync, and so are known without a
 * query; of the others, as users of other servers, it must be asked whom of them the reader meets.
 */
async function readPresent(
  { presence, connected, sharedRooms }: PresenceParts, joined: readonly UserRoom[], { reader }: SyncContext,
): Promise<Contents> {
  const users = connected.usersIn(joined.map(({ room }) => room)).add(reader.user)
  const others = presence.listHere().filter((user) => !connected.has(user))
  const met = others.length === 0 ? [] : await sharedRooms.listSharing(reader.user, others)
  return presence.listPresent([...users, ...met])
}

/** Of those with whom the reader began to share a room meanwhile he does not know yet that they are here. */
async function readMet(
  { presence, sharedRooms, changes }: PresenceParts, joined: readonly UserRoom[], { reader, since, upTo }: SyncContext,
): Promise<Contents> {
  const from = since?.pos ?? 0
  if (!changes.mayHaveMet(reader.user, joined.map(({ room }) => room), from)) return new Map()
  const met = await sharedRooms.listMetOrLeft(reader.user, from, upTo)
  const here = met.size === 0 ? [] : presence.listHere().filter((user) => user !== reader.user && met.has(user))
  return here.length === 0 ? new Map() : presence.listPresent([...await sharedRooms.listSharing(reader.user, here)])
}

async function readChanged(
  { presence, sharedRooms, connected }: PresenceParts, changed: readonly number[], joined: readonly UserRoom[], { reader }: SyncContext,
): Promise<Contents> {
  if (changed.length === 0) return new Map()
  const near = connected.usersIn(joined.map(({ room }) => room)).add(reader.user)
  // Of who is not here any more it must be asked where he is.
  const gone = changed.filter((user) => !near.has(user) && !connected.has(user))
  const sharing = gone.length === 0 ? [] : await sharedRooms.listSharing(reader.user, gone)
  return presence.list([...changed.filter((user) => near.has(user)), ...sharing])
}
