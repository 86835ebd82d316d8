import type { Readable } from 'node:stream'
import { response, type Reply } from './reply.ts'
import { contentDisposition } from '../media/content-type.ts'

export interface FileAnswer {
  readonly bytes: Readable
  readonly contentType: string
  readonly sizeBytes?: number
  readonly fileName: string | undefined
}

const NOTHING_RUNS =
  "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline'; object-src 'self';"

/** A file for a browser that must not run anything in it (Client-Server API, Content repository, Security considerations). */
export function fileReply({ bytes, contentType, sizeBytes, fileName }: FileAnswer): Reply {
  return response({
    headers: {
      'content-type': contentType,
      'content-disposition': contentDisposition(contentType, fileName),
      ...(sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) }),
      'content-security-policy': NOTHING_RUNS,
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      // Bytes never change under their id, but who may read them might: only the reader's own cache keeps them.
      'cache-control': 'private, max-age=86400',
    },
    body: bytes,
  })
}
