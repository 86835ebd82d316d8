import { serverNameOf } from '../../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonValue } from '../../matrix/json.ts'
import type { Receipts } from '../../rooms/reading/receipts.ts'
import type { Room } from '../../rooms/room.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import type { Names } from '../../store/names.ts'
import type { ServerAcls } from '../server-acls.ts'
import type { EduHandler } from './edu-handlers.ts'

export interface InboundReceiptsParts {
  readonly rooms: Rooms
  readonly receipts: Receipts
  readonly names: Names
  readonly serverAcls: ServerAcls
  /** Resolves when the events that were received in a room are there; undefined where none is on its way. */
  eventsOf(room: number): Promise<void> | undefined
}

/** What one EDU may say; who has more to say sends another. */
const ROOMS_MAX = 100
const RECEIPTS_MAX = 500

/** `m.receipt`: how far users of the server have read; of these only public ones are told (Server-Server API, Receipts). */
export function inboundReceipts(parts: InboundReceiptsParts): EduHandler {
  return {
    isKept: false,
    async take(origin, content) {
      for (const [roomId, byType] of entriesOf(content).slice(0, ROOMS_MAX)) {
        const room = await parts.rooms.find(roomId)
        if (room === undefined || !parts.serverAcls.allows(room, origin)) continue
        await parts.eventsOf(room.nid)
        for (const [userId, receipt] of entriesOf(ownValueOf(byType, 'm.read')).slice(0, RECEIPTS_MAX)) {
          if (serverNameOf(userId) === origin && room.membershipOf(userId) === 'join') await takeReceipt(parts, room, userId, receipt)
        }
      }
    },
  }
}

async function takeReceipt({ names, receipts }: InboundReceiptsParts, room: Room, userId: string, receipt: JsonValue): Promise<void> {
  const eventIds = ownValueOf(receipt, 'event_ids')
  const eventId = Array.isArray(eventIds) ? eventIds[0] : undefined
  const data = ownValueOf(receipt, 'data')
  const [ts, threadId] = [ownValueOf(data, 'ts'), ownValueOf(data, 'thread_id')]
  if (typeof eventId !== 'string') return
  await receipts.readElsewhere(room, { user: await names.internUser(userId), userId }, {
    eventId,
    threadId: typeof threadId === 'string' ? threadId : undefined,
    ts: typeof ts === 'number' && Number.isSafeInteger(ts) && ts >= 0 ? ts : undefined,
  })
}

function ownValueOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) ? ownValue(value, key) : undefined
}

function entriesOf(value: JsonValue | undefined): [string, JsonValue][] {
  return isJsonObject(value) ? Object.entries(value) : []
}
