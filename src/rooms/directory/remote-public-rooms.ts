import type { PublicRoomsResponse } from '../../spec/types.ts'

/** Which part of a list of public rooms is wanted. */
export interface PublicRoomsFilter {
  readonly limit?: number | undefined
  readonly since?: string | undefined
  readonly searchTerm?: string | undefined
  readonly roomTypes?: readonly (string | null)[] | undefined
  /** Whether rooms of the networks of application services are wanted too. */
  readonly includeAllNetworks?: boolean | undefined
  /** The `instance_id` of the one network whose rooms are wanted. */
  readonly instanceId?: string | undefined
}

/** Port: the lists of public rooms of other servers. */
export interface RemotePublicRooms {
  /** Throws what the server answers, or M_UNKNOWN (502) where it does not. */
  list(server: string, filter: PublicRoomsFilter): Promise<PublicRoomsResponse>
}
