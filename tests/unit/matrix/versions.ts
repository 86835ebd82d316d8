import { listRoomVersions } from '../../../src/matrix/room-versions.ts'

/** The ids of all room versions, oldest first. */
export const ALL: readonly string[] = listRoomVersions().map(({ id }) => id)

/** Those from one on. */
export function since(first: number): readonly string[] {
  return ALL.filter((id) => Number(id) >= first)
}

/** Those before one. */
export function before(first: number): readonly string[] {
  return ALL.filter((id) => Number(id) < first)
}
