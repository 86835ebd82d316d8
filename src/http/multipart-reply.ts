import { Readable } from 'node:stream'
import { contentDisposition } from '../media/content-type.ts'
import type { FileAnswer } from './file-reply.ts'
import { response, type Reply } from './reply.ts'

/** Long enough that no file holds it by accident; one that is made to hold it is cut short, which hurts nobody else. */
const BOUNDARY = 'hearth-7f3d1c9a5e2b4860-boundary'

/** A file for another server: what is known of it, which is nothing so far, and its bytes (Server-Server API, Content Repository). */
export function multipartReply(file: FileAnswer): Reply {
  return response({
    headers: { 'content-type': `multipart/mixed; boundary=${BOUNDARY}`, 'cache-control': 'no-store' },
    body: Readable.from(writeParts(file), { objectMode: false }),
  })
}

async function* writeParts({ bytes, contentType, fileName }: FileAnswer): AsyncGenerator<Buffer> {
  yield Buffer.from(
    `--${BOUNDARY}\r\nContent-Type: application/json\r\n\r\n{}\r\n--${BOUNDARY}\r\nContent-Type: ${contentType}\r\n`
    + `Content-Disposition: ${contentDisposition(contentType, fileName)}\r\n\r\n`,
  )
  yield* bytes as AsyncIterable<Buffer>
  yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`)
}
