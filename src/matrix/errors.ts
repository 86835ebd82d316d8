import type { JsonObject } from './json.ts'
import { errcodeStatus, type Errcode } from '../spec/errcodes.ts'

export interface MatrixErrorOptions {
  /** Only where the specification gives this operation another status than the errcode has elsewhere. */
  readonly status?: number
  /** Further fields of the answer, as `retry_after_ms` or `soft_logout`. */
  readonly fields?: JsonObject
  /** Further headers of the answer, as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A refusal in the form of the specification (Client-Server API, Standard error response). The domain folders throw
 * it, `http/` alone turns it into a response. The message is for people and holds no secrets.
 */
export class MatrixError extends Error {
  readonly errcode: Errcode
  readonly status: number
  readonly fields: JsonObject
  readonly headers: Readonly<Record<string, string>>

  constructor(errcode: Errcode, message: string, options: MatrixErrorOptions = {}) {
    super(message)
    this.name = 'MatrixError'
    this.errcode = errcode
    this.status = options.status ?? errcodeStatus(errcode)
    this.fields = options.fields ?? {}
    this.headers = options.headers ?? {}
  }

  /** The body of the answer. */
  body(): JsonObject {
    return { ...this.fields, errcode: this.errcode, error: this.message }
  }
}

/** 403 M_FORBIDDEN. */
export function forbidden(message: string): MatrixError {
  return new MatrixError('M_FORBIDDEN', message)
}

/** 404 M_NOT_FOUND. */
export function notFound(message: string): MatrixError {
  return new MatrixError('M_NOT_FOUND', message)
}

/** 400 M_INVALID_PARAM. */
export function invalidParam(message: string): MatrixError {
  return new MatrixError('M_INVALID_PARAM', message)
}

/** 400 M_MISSING_PARAM. */
export function missingParam(message: string): MatrixError {
  return new MatrixError('M_MISSING_PARAM', message)
}

/** 429 M_LIMIT_EXCEEDED with the header and the field that say when to try again (Client-Server API, Rate limiting). */
export function limitExceeded(retryAfterMs: number): MatrixError {
  return new MatrixError('M_LIMIT_EXCEEDED', 'Too many requests. Try again later.', {
    fields: { retry_after_ms: retryAfterMs },
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) },
  })
}
