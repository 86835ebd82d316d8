import { powerLevelsOf } from '../matrix/power-levels.ts'
import { preparePushEvent, type PushEvent } from '../matrix/push-rules/push-event.ts'
import type { RoomEvent } from '../rooms/room-event.ts'
import type { Room } from '../rooms/room.ts'

/** Events as push rules ask them, prepared once for all recipients and kept as long as the events themselves. */
export class PushEvents {
  readonly #prepared = new WeakMap<RoomEvent, PushEvent>()

  of(room: Room, event: RoomEvent): PushEvent {
    const known = this.#prepared.get(event)
    if (known !== undefined) return known
    const prepared = preparePushEvent(event, {
      memberCount: room.joinedCount(),
      powerLevels: powerLevelsOf(room.version, (type, stateKey) => type === 'm.room.member' ? undefined : room.state(type, stateKey)),
    })
    this.#prepared.set(event, prepared)
    return prepared
  }
}
