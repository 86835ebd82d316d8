import type { Readable } from 'node:stream'
import type { JsonValue } from '../matrix/json.ts'

/** What a door writes: a status, headers in lower case, and a body. */
export class Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | Readable

  constructor(status: number, headers: Readonly<Record<string, string>>, body: string | Buffer | Readable) {
    this.status = status
    this.headers = headers
    this.body = body
  }
}

// Answers belong to whoever asked, so no cache on the way may keep them.
const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' }

export function jsonReply(status: number, value: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return new Reply(status, headers === undefined ? JSON_HEADERS : { ...JSON_HEADERS, ...headers }, JSON.stringify(value))
}

/** An answer whose JSON exists as text already, such as a sync or a page of messages. */
export function preSerialized(jsonText: string): Reply {
  return new Reply(200, JSON_HEADERS, jsonText)
}

/** Any other answer: a page, a redirect, a file. */
export function response({ status = 200, headers = {}, body = '' }: Partial<Reply>): Reply {
  return new Reply(status, headers, body)
}

/** The body of an error (Client-Server API, Standard error response). */
export function errorBody(errcode: string, error: string): Record<string, JsonValue> {
  return { errcode, error }
}
