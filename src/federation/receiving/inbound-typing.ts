import { serverNameOf } from '../../matrix/ids.ts'
import { ownValue } from '../../matrix/json.ts'
import type { Typing } from '../../rooms/reading/typing.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import type { ServerAcls } from '../server-acls.ts'
import type { EduHandler } from './edu-handlers.ts'

/** The other server says so again before that, as long as somebody types. */
const TIMEOUT_MS = 60_000

/** `m.typing`: users of the server who are in the room type, or do not any more (Server-Server API, Typing Notifications). */
export function inboundTyping(
  { rooms, typing, serverAcls }: { readonly rooms: Rooms, readonly typing: Typing, readonly serverAcls: ServerAcls },
): EduHandler {
  return {
    isKept: false,
    async take(origin, content) {
      const [roomId, userId] = [ownValue(content, 'room_id'), ownValue(content, 'user_id')]
      if (typeof roomId !== 'string' || typeof userId !== 'string' || serverNameOf(userId) !== origin) return
      const room = await rooms.find(roomId)
      if (room?.membershipOf(userId) !== 'join' || !serverAcls.allows(room, origin)) return
      typing.say(room, userId, { typing: ownValue(content, 'typing') === true, timeoutMs: TIMEOUT_MS })
    },
  }
}
