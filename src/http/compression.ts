import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Reply } from './reply.ts'

/** Below it an answer fits into one or two packets anyway. */
const BYTES_MIN = 2_048
/** Higher ones take up to five times as long and save a fiftieth (measured with pages of messages). */
const LEVEL = 2
/** More at once would keep passwords and files waiting, for which the same threads work. */
const AT_ONCE_MAX = 3

const gzipAsync = promisify(gzip)

/**
 * Compresses large answers for clients that ask for that, on threads of Node's own.
 * Where somebody can both put text into an answer and watch its length, the length tells of what else is in it (BREACH). That
 * takes an answer that holds a secret and can be had again and again: no page makes a client ask here, since credentials
 * stand in a header, and the answers that hand out credentials are too short to be compressed.
 */
export class Compression {
  #running = 0

  /** The answer compressed; undefined where it is to be sent as it is. */
  begin(reply: Reply, acceptEncoding: string | undefined): Promise<Reply> | undefined {
    const { body, headers } = reply
    const isLarge = typeof body === 'string' && body.length >= BYTES_MIN
    if (!isLarge || headers['content-type'] !== 'application/json' || !acceptsGzip(acceptEncoding)) return undefined
    return this.#running >= AT_ONCE_MAX ? undefined : this.#compress(reply, body)
  }

  async #compress({ status, headers }: Reply, body: string): Promise<Reply> {
    this.#running += 1
    try {
      const bytes = await gzipAsync(body, { level: LEVEL })
      return new Reply(status, { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, bytes)
    } finally {
      this.#running -= 1
    }
  }
}

/** RFC 9110, 12.5.3: what is not named, or has a weight of 0, is not wished. */
function acceptsGzip(acceptEncoding = ''): boolean {
  const codings = acceptEncoding.toLowerCase().split(',').map((coding) => coding.split(';').map((part) => part.trim()))
  const weightOf = (name: string): number | undefined => {
    const found = codings.find(([coding]) => coding === name)
    const weight = found?.slice(1).find((part) => part.startsWith('q='))
    return found === undefined ? undefined : Number(weight?.slice(2) ?? 1)
  }
  return (weightOf('gzip') ?? weightOf('*') ?? 0) > 0
}
