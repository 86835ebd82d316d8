import { invalidParam } from '../matrix/errors.ts'
import type { Stream } from '../streams/stream.ts'
import { parseSyncToken } from '../streams/tokens.ts'
import type { DeviceListChanges, DeviceLists } from './device-lists.ts'

export interface KeysChangesParts {
  readonly stream: Stream
  readonly deviceLists: DeviceLists
  /** The restore epoch of this server. */
  readonly epoch: number
}

/**
 * Whose keys changed between two tokens of `/sync` (Client-Server API, GET /keys/changes). A token from before a restore
 * stands for a past that this server does not know, so everything counts as later. Errors: M_INVALID_PARAM.
 */
export async function listKeysChanges(
  { stream, deviceLists, epoch }: KeysChangesParts, user: number, tokens: { readonly from: string, readonly to: string },
): Promise<DeviceListChanges> {
  const positionOf = (text: string): number | undefined => {
    const token = parseSyncToken(text)
    if (token === undefined) throw invalidParam('The tokens must be those of a sync.')
    if (token.epoch !== epoch) return undefined
    if (token.pos > stream.head()) throw invalidParam('The tokens are from a time that is not yet.')
    return token.pos
  }
  return deviceLists.changes(user, positionOf(tokens.from) ?? 0, positionOf(tokens.to) ?? stream.head())
}
