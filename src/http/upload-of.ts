import type { IncomingMessage } from 'node:http'
import type { Upload } from '../media/media.ts'

/** A file as it comes in the body of a request. */
export function uploadOf(body: IncomingMessage, fileName: string | undefined): Upload {
  const length = Number(body.headers['content-length'])
  return {
    bytes: body, contentType: body.headers['content-type'], contentLength: Number.isSafeInteger(length) ? length : undefined, fileName,
  }
}
