import { isJsonObject, parseJson, STORED, type JsonObject } from '../matrix/json.ts'
import type { NoAnswer } from '../remote/outcome.ts'
import type { WebClient } from '../remote/web-client.ts'
import type { ApplicationService } from '../users/application-services.ts'

export interface ServiceRequest {
  readonly method: 'GET' | 'PUT' | 'POST'
  /** Encoded, as it follows `/_matrix/app/v1`. */
  readonly path: string
  /** JSON text. */
  readonly body?: string
  readonly timeoutMs?: number
}

/** What an application service answered. */
export interface ServiceAnswer {
  readonly ok: true
  readonly status: number
  readonly text: string
  /** Undefined where that is no JSON. */
  readonly json: unknown
}

const TIMEOUT_MS = 30_000
const ANSWER_BYTES_MAX = 1024 * 1024

/** Asks application services, at the URLs that the operator has written down for them. */
export class AppserviceRequests {
  readonly #client: WebClient

  constructor({ operatorClient }: { readonly operatorClient: WebClient }) {
    this.#client = operatorClient
  }

  /** Undefined if the application service has no URL, since it wants to be asked nothing. */
  async ask({ registration }: ApplicationService, request: ServiceRequest): Promise<ServiceAnswer | NoAnswer | undefined> {
    const { url, hsToken } = registration
    if (url === undefined) return undefined
    const answer = await this.#client.request(`${url.replace(/\/+$/, '')}/_matrix/app/v1${request.path}`, {
      method: request.method,
      headers: { authorization: `Bearer ${hsToken}`, ...(request.body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: request.body, timeoutMs: request.timeoutMs ?? TIMEOUT_MS, sizeBytesMax: ANSWER_BYTES_MAX,
    })
    if (!answer.ok) return answer
    const text = answer.body.toString('utf8')
    return { ok: true, status: answer.status, text, json: parsed(text) }
  }

  /** The object that an application service answers a GET with, if it does. */
  async find(service: ApplicationService, path: string): Promise<JsonObject | undefined> {
    const answer = await this.ask(service, { method: 'GET', path })
    return answer?.ok === true && answer.status === 200 && isJsonObject(answer.json) ? answer.json : undefined
  }
}

function parsed(text: string): unknown {
  const outcome = parseJson(text, STORED)
  return outcome.ok ? outcome.value : undefined
}
