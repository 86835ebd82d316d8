import { accessTokens } from './sections/access-tokens.ts'
import { database } from './sections/database.ts'
import { email } from './sections/email.ts'
import { encryption } from './sections/encryption.ts'
import { federation } from './sections/federation.ts'
import { internal } from './sections/internal.ts'
import { listeners } from './sections/listeners.ts'
import { log } from './sections/log.ts'
import { media } from './sections/media.ts'
import { outboundHttp } from './sections/outbound-http.ts'
import { passwordHash } from './sections/password-hash.ts'
import { presence } from './sections/presence.ts'
import { rateLimits } from './sections/rate-limits.ts'
import { redis } from './sections/redis.ts'
import { registration } from './sections/registration.ts'
import { retention } from './sections/retention.ts'
import { rooms } from './sections/rooms.ts'
import { server } from './sections/server.ts'
import { turn } from './sections/turn.ts'
import { wellKnown } from './sections/well-known.ts'
import { idle, list, requiredText, section } from './shapes.ts'

/** The whole file, in the order in which it is shown to people. */
export const schema = section('The configuration of Hearth.', {
  ...server,
  listeners,
  database,
  internal,
  redis: idle(redis),
  registration,
  access_tokens: accessTokens,
  password_hash: passwordHash,
  rooms,
  retention,
  encryption,
  presence,
  federation,
  outbound_http: outboundHttp,
  well_known: wellKnown,
  rate_limits: rateLimits,
  media,
  turn,
  appservices: list(
    'Registration files of application services.',
    requiredText('A registration file (YAML).', { path: 'must-exist' }),
    [],
  ),
  email: idle(email),
  log,
})
