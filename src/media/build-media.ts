import type { SignedRequests } from '../remote/signed-requests.ts'
import type { WebClient } from '../remote/web-client.ts'
import type { Db } from '../store/database.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Random } from '../util/random.ts'
import { MediaFiles } from './files.ts'
import { Media } from './media.ts'
import { RemoteFiles } from './remote-files.ts'
import { Thumbnails } from './thumbnails.ts'

export interface BuildMediaParts {
  readonly db: Db
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly serverName: string
  readonly signedRequests: Pick<SignedRequests, 'open'>
  readonly webClient: Pick<WebClient, 'open'>
  readonly folder: string
  readonly uploadBytesMax: number
  readonly remoteKeptMs: number | undefined
  readonly remoteBytesMax: number | undefined
}

/** The repository of files, and what ends its threads. */
export function buildMedia(parts: BuildMediaParts): { media: Media, close(): Promise<void> } {
  const files = new MediaFiles(parts)
  const thumbnails = new Thumbnails({ ...parts, files })
  const remoteFiles = new RemoteFiles({ ...parts, files })
  return { media: new Media({ ...parts, files, thumbnails, remoteFiles }), close: () => thumbnails.close() }
}
