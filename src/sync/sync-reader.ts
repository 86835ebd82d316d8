import type { Members, UserRoom } from '../members/members.ts'
import { formatSyncToken, type SyncToken } from '../streams/tokens.ts'
import type { IgnoredUsers } from '../users/ignored-users.ts'
import { readAccountData, type AccountDataParts } from './account-data.ts'
import type { AnswerSource, SentMembers, SyncAnswer, SyncContext, SyncRequest } from './context.ts'
import { haveKeysChanged, readDeviceLists, readKeyCounts, readToDevice, type DevicesParts } from './devices.ts'
import { writeInvitedRooms, type InvitedRooms, type InvitedRoomsParts } from './invited-rooms.ts'
import { writeJoinedRooms, type JoinedRoomsParts } from './joined-rooms.ts'
import { LazyMembers } from './lazy-members.ts'
import { writeLeftRooms, type LeftRoomsParts } from './left-rooms.ts'
import { readPresence, type PresenceParts } from './presence.ts'

export interface SyncReaderParts extends JoinedRoomsParts, LeftRoomsParts, DevicesParts, PresenceParts {
  readonly members: Pick<Members, 'roomsOf'>
  readonly ignoredUsers: Pick<IgnoredUsers, 'ignoredBy'>
  readonly accountData: AccountDataParts['accountData']
  readonly invitePermissions: InvitedRoomsParts['invitePermissions']
  readonly order: { readonly instance: string, current(): number }
}

/** Works out what a client is told, everything up to the present position (Client-Server API, Syncing). */
export class SyncReader implements AnswerSource {
  readonly #parts: SyncReaderParts
  readonly #lazyMembers = new LazyMembers()

  constructor(parts: SyncReaderParts) {
    this.#parts = parts
  }

  async read(request: SyncRequest): Promise<SyncAnswer> {
    for (;;) {
      const answer = await this.#attempt(request)
      // Where the user came or went meanwhile, rooms were told by another membership than that at the position of the answer.
      if (!this.#parts.changes.memberships.mayHaveChanged(request.reader.user, answer.next.pos)) return answer
    }
  }

  async #attempt(request: SyncRequest): Promise<SyncAnswer> {
    const { stream, order, ignoredUsers, members, epoch } = this.#parts
    const upTo = stream.head()
    const ephemeral = order.current()
    const ignored = ignoredUsers.ignoredBy(request.reader.user)
    const sent = this.#openMembers(request)
    const context: SyncContext = { ...request, upTo, sentMembers: sent, ignored: ignored instanceof Promise ? await ignored : ignored }
    const toDevice = await readToDevice(this.#parts, context)
    const sections = await this.#sections(context, await members.roomsOf(request.reader.user), toDevice.events)
    const next: SyncToken = { epoch, pos: upTo, toDevice: toDevice.next, instance: order.instance, ephemeral }
    const isNews = request.since === undefined || request.fullState || sections.length > 0 || haveKeysChanged(this.#parts, context)
    if (!isNews) return { text: undefined, next }
    sent?.answered(formatSyncToken(next))
    return { text: await this.#answer(request, next, sections), next }
  }

  /** The answer when nothing happened. */
  async writeEmpty(request: SyncRequest, next: SyncToken): Promise<string> {
    const sent = this.#openMembers(request)
    sent?.answered(formatSyncToken(next))
    return this.#answer(request, next, [])
  }

  async #answer(request: SyncRequest, next: SyncToken, sections: readonly string[]): Promise<string> {
    return `{${[`"next_batch":"${formatSyncToken(next)}"`, ...sections, await readKeyCounts(this.#parts, request)].join(',')}}`
  }

  #openMembers({ reader, filter, token }: SyncRequest): (SentMembers & { answered(token: string): void }) | undefined {
    if (!filter.lazyMembers || filter.redundantMembers) return undefined
    const client = `${reader.user} ${reader.deviceId ?? ''} ${filter.number}`
    return this.#lazyMembers.open(client, token)
  }

  async #sections(context: SyncContext, rooms: ReadonlyMap<number, UserRoom>, toDevice: readonly string[]): Promise<string[]> {
    const parts = this.#parts
    const { joined, left, invited } = sortRooms(rooms, context)
    const accountData = await readAccountData(parts, context)
    const [join, leave, { invite, knock }, presence, deviceLists] = await Promise.all([
      writeJoinedRooms(parts, joined, accountData, context),
      left.length === 0 ? [] : writeLeftRooms(parts, left, accountData, context),
      invited.length === 0 ? NO_INVITES : writeInvitedRooms(parts, invited, context),
      readPresence(parts, joined, context),
      readDeviceLists(parts, joined, context),
    ])
    const kinds = Object.entries({ join, invite, knock, leave }).filter(([, texts]) => texts.length > 0)
    return [
      ...kinds.length === 0 ? [] : [`"rooms":{${kinds.map(([kind, texts]) => `"${kind}":{${texts.join(',')}}`).join(',')}}`],
      ...eventsSection('account_data', accountData.account),
      ...eventsSection('presence', presence),
      ...eventsSection('to_device', toDevice),
      ...deviceLists === undefined ? [] : [`"device_lists":${deviceLists}`],
    ]
  }
}

const NO_INVITES: InvitedRooms = { invite: [], knock: [] }

function eventsSection(name: string, events: readonly string[]): string[] {
  return events.length === 0 ? [] : [`"${name}":{"events":[${events.join(',')}]}`]
}

/** The rooms by what the user is in them; of those that he is not in, only what may be told of this time. */
function sortRooms(
  rooms: ReadonlyMap<number, UserRoom>, { since, fullState, filter }: SyncContext,
): { joined: UserRoom[], left: UserRoom[], invited: UserRoom[] } {
  const sorted: { joined: UserRoom[], left: UserRoom[], invited: UserRoom[] } = { joined: [], left: [], invited: [] }
  const isNews = (entry: UserRoom): boolean => since === undefined || fullState || entry.pos > since.pos
  for (const entry of rooms.values()) {
    if (entry.membership === 'join') sorted.joined.push(entry)
    else if (!isNews(entry)) continue
    else if (entry.membership === 'invite' || entry.membership === 'knock') sorted.invited.push(entry)
    else if (since !== undefined || filter.includeLeave || entry.membership === 'ban') sorted.left.push(entry)
  }
  return sorted
}
