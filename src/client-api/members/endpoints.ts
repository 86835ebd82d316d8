import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { ban } from './ban.ts'
import { forgetRoom } from './forget-room.ts'
import { getJoinedMembersByRoom } from './get-joined-members-by-room.ts'
import { getJoinedRooms } from './get-joined-rooms.ts'
import { getMembersByRoom } from './get-members-by-room.ts'
import { getMutualRooms } from './get-mutual-rooms.ts'
import { inviteUser } from './invite-user.ts'
import { joinRoom } from './join-room.ts'
import { joinRoomById } from './join-room-by-id.ts'
import { kick } from './kick.ts'
import { knockRoom } from './knock-room.ts'
import { leaveRoom } from './leave-room.ts'
import { unban } from './unban.ts'

/** Who is in rooms, and who comes and goes. */
export const memberEndpoints: readonly ((services: Services) => Endpoint)[] = [
  joinRoom,
  joinRoomById,
  knockRoom,
  inviteUser,
  leaveRoom,
  forgetRoom,
  kick,
  ban,
  unban,
  getJoinedRooms,
  getMutualRooms,
  getMembersByRoom,
  getJoinedMembersByRoom,
]
