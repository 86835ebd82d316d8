import { findContentProblem } from '../matrix/content-checks.ts'
import { MatrixError } from '../matrix/errors.ts'
import { ownValue, type JsonObject } from '../matrix/json.ts'
import { listCreators } from '../matrix/power-levels.ts'
import type { Room } from './room.ts'

/**
 * What we refuse from clients although a room version would tolerate it, since it does harm or peers would read it
 * differently. Throws M_BAD_JSON or M_INVALID_PARAM.
 */
export function checkContent(room: Room, event: { type: string, isState: boolean, content: JsonObject }, serverName: string): void {
  const { version, roomId } = room
  const create = room.pendingState('m.room.create')
  // Only where creators stand above the levels may they not be named among them.
  const creators = create === undefined || !version.creatorsPrivileged ? [] : listCreators(version, create)
  const problem = findContentProblem({ version, roomId, serverName, creators, ...event })
  if (problem !== undefined) throw new MatrixError(problem.errcode, problem.message)
}

/** The aliases that a canonical alias claims; its shape has been checked. */
export function listClaimedAliases(content: JsonObject): string[] {
  const others = ownValue(content, 'alt_aliases')
  const claimed = [ownValue(content, 'alias'), ...(Array.isArray(others) ? others : [])]
  return claimed.filter((alias): alias is string => typeof alias === 'string' && alias !== '')
}
