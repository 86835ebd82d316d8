/** Where most of the client-server API is. */
export const V3 = '/_matrix/client/v3'

/** An answer, read whole. */
export interface Answer<Body = Record<string, unknown>> {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Body
}

export interface Ask {
  readonly token?: string | undefined
  /** Sent as JSON; what is a string or bytes already is sent as it is. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

type Method = <Body = Record<string, any>>(path: string, ask?: Ask) => Promise<Answer<Body>>

/** The smallest client: a path, a token, a body, and whatever comes back. */
export interface Api {
  readonly url: string
  readonly get: Method
  readonly put: Method
  readonly post: Method
  readonly delete: Method
  ask<Body = Record<string, any>>(method: string, path: string, ask?: Ask): Promise<Answer<Body>>
}

export function roomPath(roomId: string, path: string): string {
  return `${V3}/rooms/${encodeURIComponent(roomId)}/${path}`
}

export function createApi(url: string): Api {
  async function ask<Body>(method: string, path: string, { token, body, headers = {}, signal }: Ask = {}): Promise<Answer<Body>> {
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      redirect: 'manual',
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: readJson(text) as Body }
  }
  const by = (method: string): Method => (path, options) => ask(method, path, options)
  return { url, ask, get: by('GET'), put: by('PUT'), post: by('POST'), delete: by('DELETE') }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
