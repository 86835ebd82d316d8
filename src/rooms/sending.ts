import { forbidden, MatrixError } from '../matrix/errors.ts'
import { ownValue, type JsonObject } from '../matrix/json.ts'
import { canonicalJson } from '../matrix/canonical-json.ts'
import { serverNameOf } from '../matrix/ids.ts'
import { checkNotSuspended } from '../users/requester-checks.ts'
import type { Requester } from '../users/requester.ts'
import type { Aliases } from './aliases.ts'
import { checkContent, listClaimedAliases } from './content-checks.ts'
import type { EventCache } from './event-cache.ts'
import type { MembershipChanges } from './membership.ts'
import type { Room } from './room.ts'
import type { RoomWriter } from './writer.ts'

/** Port: what relations of a new event must keep to. */
export interface RelationRules {
  /** Sends the event if it may relate so. Throws M_DUPLICATE_ANNOTATION or M_UNKNOWN, and what sending throws. */
  sendRelated<T>(room: Room, event: RelatedEvent, send: () => Promise<T>): Promise<T>
}

export interface RelatedEvent {
  readonly sender: string
  readonly type: string
  readonly content: JsonObject
}

export interface SendingParts {
  readonly writer: RoomWriter
  readonly events: EventCache
  readonly aliases: Aliases
  readonly membership: MembershipChanges
  readonly relations: RelationRules
  readonly serverName: string
}

export interface Message {
  readonly type: string
  readonly content: JsonObject
  readonly txnId: string
  /** Under which the answer is stored (streams/transactions.ts). */
  readonly transactionKey: Buffer
  readonly originServerTs?: number | undefined
}

/** Sends what clients write into rooms (Client-Server API, Sending events to a room). */
export class Sending {
  readonly #parts: SendingParts

  constructor(parts: SendingParts) {
    this.#parts = parts
  }

  /** Sends an event that is no state; resolves with its id. Throws M_FORBIDDEN, M_TOO_LARGE, M_BAD_JSON and what relations ask for. */
  async send(requester: Requester, room: Room, message: Message): Promise<string> {
    checkNotSuspended(requester)
    checkJoined(room, requester)
    checkContent(room, { type: message.type, isState: false, content: message.content }, this.#parts.serverName)
    const redacts = message.type === 'm.room.redaction' ? ownValue(message.content, 'redacts') : undefined
    return this.#parts.relations.sendRelated(room, { ...message, sender: requester.userId }, () =>
      this.#append(requester, room, message, typeof redacts === 'string' ? redacts : undefined))
  }

  /** Redacts an event. Where it is not in this room nothing but the redaction itself comes of it. */
  async redact(
    requester: Requester, room: Room, redaction: { redacts: string, reason?: string | undefined, txnId: string, transactionKey: Buffer },
  ): Promise<string> {
    checkJoined(room, requester)
    const { redacts, reason, txnId, transactionKey } = redaction
    // Who is suspended may still take back what he wrote himself (Client-Server API, Account suspension).
    const target = requester.suspended ? await this.#parts.events.findById(redacts) : undefined
    if (target?.sender !== requester.userId) checkNotSuspended(requester)
    const content = { ...(reason === undefined ? {} : { reason }), redacts }
    return this.#append(requester, room, { type: 'm.room.redaction', content, txnId, transactionKey }, redacts)
  }

  /**
   * Sets an entry of the state; resolves with the event's id. Setting what is set already gives the event that set it.
   * Throws M_FORBIDDEN, M_BAD_ALIAS, M_INVALID_PARAM, M_BAD_JSON, M_TOO_LARGE.
   */
  async setState(
    requester: Requester, room: Room, state: { type: string, stateKey: string, content: JsonObject, originServerTs?: number | undefined },
  ): Promise<string> {
    const { type, stateKey, content, originServerTs } = state
    checkContent(room, { type, isState: true, content }, this.#parts.serverName)
    if (type === 'm.room.member') return this.#parts.membership.set(requester, room, stateKey, content)
    checkNotSuspended(requester)
    checkJoined(room, requester)
    const current = room.state(type, stateKey)
    // What is pending may come to nothing, and who asks for it again would be told that it is done.
    const isSettled = current === room.pendingState(type, stateKey)
    const isSame = current?.sender === requester.userId && canonicalJson(current.content) === canonicalJson(content)
    if (isSettled && isSame) return current.eventId
    if (type === 'm.room.canonical_alias' && stateKey === '') await this.#checkAliases(room, content)
    const [event] = await this.#parts.writer.append(
      room, [{ type, sender: requester.userId, stateKey, content, originServerTs, deviceId: requester.deviceId }],
    )
    return event?.eventId ?? ''
  }

  /**
   * Takes an alias that was removed out of the room's canonical alias, where the user may: the alias is gone in any case
   * (Client-Server API, DELETE /directory/room/{roomAlias}).
   */
  async withdrawAlias(requester: Requester, room: Room, alias: string): Promise<void> {
    const content = room.pendingState('m.room.canonical_alias')?.content ?? {}
    if (!listClaimedAliases(content).includes(alias)) return
    const { alias: canonical, alt_aliases: alternatives, ...rest } = content
    const others = Array.isArray(alternatives) ? alternatives.filter((other) => other !== alias) : []
    try {
      await this.setState(requester, room, { type: 'm.room.canonical_alias', stateKey: '', content: {
        ...rest,
        ...(canonical === undefined || canonical === alias ? {} : { alias: canonical }),
        ...(others.length === 0 ? {} : { alt_aliases: others }),
      } })
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error
    }
  }

  /** Aliases that are added must point to this room (Client-Server API, m.room.canonical_alias). */
  async #checkAliases(room: Room, content: JsonObject): Promise<void> {
    const before = new Set(listClaimedAliases(room.pendingState('m.room.canonical_alias')?.content ?? {}))
    for (const alias of listClaimedAliases(content)) {
      if (before.has(alias)) continue
      const isLocal = serverNameOf(alias) === this.#parts.serverName
      const row = isLocal ? await this.#parts.aliases.find(alias) : undefined
      if (row?.room_nid !== room.nid) throw new MatrixError('M_BAD_ALIAS', `${alias} does not point to this room.`)
    }
  }

  async #append(requester: Requester, room: Room, message: Message, redacts: string | undefined): Promise<string> {
    const { redacts: _, ...withoutTarget } = message.content
    const isRedaction = redacts !== undefined
    const content = isRedaction && room.version.redactsIn === 'event' ? withoutTarget : message.content
    const [event] = await this.#parts.writer.append(room, [{
      type: message.type,
      sender: requester.userId,
      content,
      redacts,
      originServerTs: message.originServerTs,
      deviceId: requester.deviceId,
      txnId: message.txnId,
    }], { transaction: { key: message.transactionKey, answer: ([eventId]) => ({ event_id: eventId }) } })
    return event?.eventId ?? ''
  }
}

function checkJoined(room: Room, requester: Requester): void {
  if (room.pendingMember(requester.userId)?.membership !== 'join') throw forbidden('You are not in this room.')
}
