import { parse } from 'node:querystring'
import type { TimerWheel } from '../util/timer-wheel.ts'
import { readBody } from './body.ts'
import type { Log } from '../util/log.ts'
import { ClientGone, errorReply } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Reply } from './reply.ts'

export interface PageRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: Fields
  /** What was filled in; empty for a page that is only looked at. */
  readonly form: Fields
  readonly ip: string
  readonly userAgent: string | undefined
}

/** Names and values as a browser sends them; the first one counts where a name comes twice. */
export type Fields = ReadonlyMap<string, string>

/** Something for people, outside the APIs. */
export interface Page {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly aliases: readonly string[]
  handle(request: PageRequest): Reply | Promise<Reply>
}

export interface PageParts {
  readonly clientAddress: (request: Exchange['request']) => string
  readonly timers: TimerWheel
  readonly log: Log
}

const FORM_LIMITS = { sizeBytesMax: 64 * 1024, timeoutMs: 20_000 }

/** The way of a request for a page: a form instead of JSON, and no access token. */
export function composePage(
  page: Page, { clientAddress, timers, log }: PageParts,
): (exchange: Exchange, params: Record<string, string>) => Promise<void> {
  return async (exchange, params) => {
    const { request, query } = exchange
    try {
      const form = page.method === 'POST' ? (await readBody(request, FORM_LIMITS, timers)).toString('utf8') : ''
      exchange.send(await page.handle({
        params,
        query: fieldsOf(query),
        form: fieldsOf(parse(form)),
        ip: clientAddress(request),
        userAgent: request.headers['user-agent'],
      }))
    } catch (error) {
      if (!(error instanceof ClientGone)) exchange.send(errorReply(error, log, exchange.id))
    }
  }
}

function fieldsOf(parsed: NodeJS.Dict<string | string[]>): Fields {
  const fields = new Map<string, string>()
  for (const [name, value] of Object.entries(parsed)) {
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined) fields.set(name, first)
  }
  return fields
}
