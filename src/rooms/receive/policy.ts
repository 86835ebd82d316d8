import type { Pdu } from '../../matrix/event.ts'
import { allow, type Verdict } from '../../matrix/verdict.ts'
import type { Room } from '../room.ts'

/** Check 7: asks the room's policy server, where it has one, whether an event is to be shown (Server-Server API, Policy Servers). */
export interface PolicyCheck {
  check(room: Room, pdu: Pdu): Promise<Verdict>
}

/** For a server that asks no policy servers. */
export const noPolicy: PolicyCheck = { check: () => Promise.resolve(allow) }
