import { isJsonObject, ownValue, type JsonObject } from '../matrix/json.ts'
import { federationPath, withQuery } from '../remote/path.ts'
import type { SignedRequestOptions, SignedRequests } from '../remote/signed-requests.ts'
import type { Moment } from '../rooms/reading/event-times.ts'
import type { MissingRange, RemoteRooms, StateEvents, StateIds } from '../rooms/remote-rooms.ts'

const EVENT_BYTES_MAX = 1024 * 1024
const HISTORY: SignedRequestOptions = { timeoutMs: 20_000, sizeBytesMax: 16 * 1024 * 1024 }
const EVENT: SignedRequestOptions = { timeoutMs: 10_000, sizeBytesMax: EVENT_BYTES_MAX }
/** A state of ten thousands of members takes a while to be put together. */
const STATE: SignedRequestOptions = { timeoutMs: 60_000, sizeBytesMax: 100 * 1024 * 1024 }
/** More than any room has that people meet in. */
const STATE_LENGTH_MAX = 500_000

/** Asks other servers about rooms by signed requests. */
export class RemoteRoomsByRequests implements RemoteRooms {
  readonly #requests: SignedRequests
  readonly #closing = new AbortController()

  constructor(requests: SignedRequests) {
    this.#requests = requests
  }

  /** Waits for nobody any more: from now on nobody has anything. */
  close(): void {
    this.#closing.abort()
  }

  async listMissingEvents(
    server: string, roomId: string, { earliest, latest, limit, minDepth }: MissingRange,
  ): Promise<readonly JsonObject[]> {
    const path = federationPath('v1', 'get_missing_events', roomId)
    const body = { earliest_events: earliest, latest_events: latest, limit, min_depth: minDepth }
    const answer = await this.#requests.post(server, path, body, { ...HISTORY, signal: this.#closing.signal })
    return answer.ok ? objectsIn(answer.value, 'events').slice(0, limit) : []
  }

  async findStateIds(server: string, roomId: string, eventId: string): Promise<StateIds | undefined> {
    const answer = await this.#get(server, withQuery(federationPath('v1', 'state_ids', roomId), { event_id: eventId }), STATE)
    if (answer === undefined) return undefined
    const ids = { state: stringsIn(answer, 'pdu_ids'), authChain: stringsIn(answer, 'auth_chain_ids') }
    return ids.state.length > STATE_LENGTH_MAX || ids.authChain.length > STATE_LENGTH_MAX ? undefined : ids
  }

  async findState(server: string, roomId: string, eventId: string): Promise<StateEvents | undefined> {
    const answer = await this.#get(server, withQuery(federationPath('v1', 'state', roomId), { event_id: eventId }), STATE)
    return answer && { state: objectsIn(answer, 'pdus'), authChain: objectsIn(answer, 'auth_chain') }
  }

  async findEvent(server: string, eventId: string): Promise<JsonObject | undefined> {
    const answer = await this.#get(server, federationPath('v1', 'event', eventId), EVENT)
    return answer && objectsIn(answer, 'pdus')[0]
  }

  async listEventAuth(server: string, roomId: string, eventId: string): Promise<readonly JsonObject[]> {
    const answer = await this.#get(server, federationPath('v1', 'event_auth', roomId, eventId), HISTORY)
    return answer === undefined ? [] : objectsIn(answer, 'auth_chain')
  }

  async backfill(server: string, roomId: string, eventIds: readonly string[], limit: number): Promise<readonly JsonObject[]> {
    const answer = await this.#get(server, withQuery(federationPath('v1', 'backfill', roomId), { v: eventIds, limit }), HISTORY)
    return answer === undefined ? [] : objectsIn(answer, 'pdus').slice(0, limit)
  }

  /** The event nearest to a moment that the server knows of. */
  async findEventAt(server: string, roomId: string, { ts, dir }: Moment): Promise<{ eventId: string, ts: number } | undefined> {
    const answer = await this.#get(server, withQuery(federationPath('v1', 'timestamp_to_event', roomId), { ts, dir }), EVENT)
    const [eventId, sentAt] = answer === undefined ? [] : [ownValue(answer, 'event_id'), ownValue(answer, 'origin_server_ts')]
    return typeof eventId === 'string' && typeof sentAt === 'number' ? { eventId, ts: sentAt } : undefined
  }

  async #get(server: string, path: string, options: SignedRequestOptions): Promise<JsonObject | undefined> {
    const answer = await this.#requests.get(server, path, { ...options, signal: this.#closing.signal })
    return answer.ok ? answer.value : undefined
  }
}

function objectsIn(answer: JsonObject, key: string): JsonObject[] {
  const list = ownValue(answer, key)
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

function stringsIn(answer: JsonObject, key: string): string[] {
  const list = ownValue(answer, key)
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : []
}
