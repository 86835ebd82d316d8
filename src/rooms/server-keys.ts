import type { FindServerKey } from '../matrix/verify-event.ts'

/** A key that an event names, and when it must have been valid. */
export interface KeyWanted {
  readonly serverName: string
  readonly keyId: string
  readonly validAt: number
}

/** Finds the public keys of servers, our own among them. */
export interface ServerKeys {
  /** Asks for all of the keys at once; what is not found then is unknown. Never throws on account of other servers. */
  load(wanted: readonly KeyWanted[]): Promise<FindServerKey>
}
