import { parseUserId } from '../../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject } from '../../matrix/json.ts'
import type { Members } from '../../members/members.ts'
import type { Names } from '../../store/names.ts'
import type { Presence, PresenceState } from '../../users/presence.ts'
import type { Clock } from '../../util/clock.ts'
import type { EduHandler } from '../receiving/edu-handlers.ts'

export interface InboundPresenceParts {
  readonly names: Names
  readonly members: Members
  readonly presence: Presence
  readonly clock: Clock
}

/** What one EDU may say; who has more to say sends another. */
const USERS_MAX = 500

/** `m.presence`: how users of the server are, of whom we meet (Server-Server API, Presence). */
export function inboundPresence({ names, members, presence, clock }: InboundPresenceParts): EduHandler {
  return {
    isKept: false,
    async take(origin, content) {
      const push = ownValue(content, 'push')
      if (!presence.enabled || !Array.isArray(push)) return
      const byUser = new Map<string, JsonObject>()
      for (const each of push.slice(0, USERS_MAX).filter(isJsonObject)) {
        const userId = ownValue(each, 'user_id')
        if (typeof userId === 'string' && parseUserId(userId)?.serverName === origin) byUser.set(userId, each)
      }
      const users = await names.findUsers([...byUser.keys()])
      const told = new Map([...byUser].flatMap(([userId, each]): [number, JsonObject][] => {
        const user = users.get(userId)
        return user === undefined ? [] : [[user, each]]
      }))
      const met = await members.listElsewhere([...told.keys()])
      for (const [user, each] of told) if (met.has(user)) hear(presence, user, each, clock.now())
    },
  }
}

function hear(presence: Presence, user: number, told: JsonObject, now: number): void {
  const [state, ago, statusMsg] = [ownValue(told, 'presence'), Number(ownValue(told, 'last_active_ago') ?? 0), ownValue(told, 'status_msg')]
  if (!isState(state)) return
  presence.hear(user, {
    state,
    lastActiveAt: now - Math.min(Math.max(Number.isSafeInteger(ago) ? ago : 0, 0), now),
    currentlyActive: ownValue(told, 'currently_active') === true,
    statusMsg: typeof statusMsg === 'string' ? statusMsg : null,
  })
}

function isState(state: unknown): state is PresenceState {
  return state === 'online' || state === 'offline' || state === 'unavailable'
}
