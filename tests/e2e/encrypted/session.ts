import { sleep } from '../../../bench/parallel.ts'
import { createApi, type Answer } from '../../support/api.ts'

/** A login: what a client needs to begin. */
export interface Session {
  readonly url: string
  readonly userId: string
  readonly deviceId: string
  readonly accessToken: string
}

type Body = Record<string, any>

export const PASSWORD = 'correct horse battery'
const RETRY_MS = 100
const GIVES_UP_AFTER_MS = 60_000

interface Login { readonly user_id: string, readonly device_id: string, readonly access_token: string }

let names = 0

export async function register(url: string, localpart: string): Promise<Session> {
  const body = { username: `${localpart}-${names += 1}`, password: PASSWORD, auth: { type: 'm.login.dummy' } }
  return sessionOf(url, await ask(url, 'POST', '/_matrix/client/v3/register', { body }))
}

/** Logs in as a new device. */
export async function login({ url, userId }: Pick<Session, 'url' | 'userId'>): Promise<Session> {
  const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user: userId }, password: PASSWORD }
  return sessionOf(url, await ask(url, 'POST', '/_matrix/client/v3/login', { body }))
}

/** Takes a device of somebody away, who proves once more who it is. */
export async function deleteDevice(session: Session, deviceId: string): Promise<void> {
  const auth = { type: 'm.login.password', identifier: { type: 'm.id.user', user: session.userId }, password: PASSWORD }
  const untilMs = performance.now() + GIVES_UP_AFTER_MS
  let uia: string | undefined
  while (performance.now() < untilMs) {
    const body = { devices: [deviceId], ...(uia === undefined ? {} : { auth: { ...auth, session: uia } }) }
    const answer = await createApi(session.url).post('/_matrix/client/v3/delete_devices', { token: session.accessToken, body })
      .catch(() => undefined)
    if (answer?.status === 200) return
    if (answer?.status === 401) uia = String(answer.body['session'])
    else await sleep(RETRY_MS)
  }
  throw new Error(`${deviceId} was not deleted`)
}

/** What the server answers to somebody; throws what is no success. While the server is away it is asked again. */
export async function call({ url, accessToken }: Session, method: string, path: readonly string[], body?: object): Promise<Body> {
  const route = `/_matrix/client/v3/${path.map(encodeURIComponent).join('/')}`
  return (await ask(url, method, route, { token: accessToken, body })).body
}

async function ask(
  url: string, method: string, path: string, options: { token?: string, body?: object | undefined },
): Promise<Answer<Body>> {
  const untilMs = performance.now() + GIVES_UP_AFTER_MS
  for (;;) {
    const answer = await createApi(url).ask(method, path, options).catch(() => undefined)
    if (answer?.status === 200) return answer
    const isAway = answer === undefined || answer.status >= 500
    if (!isAway || performance.now() > untilMs) throw new Error(`${method} ${url}${path}: ${answer?.status} ${answer?.text}`)
    await sleep(RETRY_MS)
  }
}

function sessionOf(url: string, { body }: Answer<Body>): Session {
  const { user_id: userId, device_id: deviceId, access_token: accessToken } = body as Login
  return { url, userId, deviceId, accessToken }
}
