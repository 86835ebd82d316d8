import { Reply } from './reply.ts'

/**
 * Sent with every answer, so that pages from anywhere can be clients (Client-Server API, 3 Web Browser Clients).
 * Retry-After is named because scripts see only the headers that are.
 */
export const CORS_HEADERS: readonly string[] = [
  'access-control-allow-origin', '*',
  'access-control-allow-methods', 'GET, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers', 'X-Requested-With, Content-Type, Authorization',
  'access-control-expose-headers', 'Retry-After, X-Request-Id',
]

/** What a browser is told before it sends a request that a plain page could not send. */
export const preflightReply = new Reply(204, { 'access-control-max-age': '86400' }, '')
