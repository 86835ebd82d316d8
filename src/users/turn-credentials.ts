import { createHmac } from 'node:crypto'

/** Where the TURN servers are, and what lets people in there. */
export interface TurnServers {
  readonly uris: readonly string[]
  readonly sharedSecret: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  readonly lifetimeMs: number
}

/** What a client is given. */
export interface TurnCredentials {
  readonly username: string
  readonly password: string
  readonly uris: readonly string[]
  /** In seconds. */
  readonly ttl: number
}

/**
 * What lets a user use the TURN servers; undefined where there are none. With a shared secret the name says until when, in
 * seconds, and the password is its HMAC-SHA1, which the TURN server computes as well (Client-Server API, Voice over IP; the
 * REST API of coturn).
 */
export function makeTurnCredentials(
  { uris, sharedSecret, username, password, lifetimeMs }: TurnServers, userId: string, nowMs: number,
): TurnCredentials | undefined {
  if (uris.length === 0) return undefined
  const ttl = Math.floor(lifetimeMs / 1000)
  if (sharedSecret === undefined) return username === undefined || password === undefined ? undefined : { username, password, uris, ttl }
  const name = `${Math.floor(nowMs / 1000) + ttl}:${userId}`
  return { username: name, password: createHmac('sha1', sharedSecret).update(name).digest('base64'), uris, ttl }
}
