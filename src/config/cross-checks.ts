import { isLoopback } from './complaints.ts'
import type { Config } from './config.ts'

/** A mistake that shows only when several keys are seen together, at the key that should be changed. */
export interface Contradiction { readonly path: readonly (string | number)[], readonly complaint: string }

/** The embedded PostgreSQL takes 60 connections; some are for the committer, replicas of our processes, and the command line. */
const EMBEDDED_POOL_MAX = 40

export function findContradictions(config: Config): Contradiction[] {
  return [
    ...checkListeners(config), ...checkDatabase(config), ...checkInternal(config),
    ...checkRegistration(config), ...checkEmail(config), ...checkFederation(config),
    ...checkRetention(config), ...checkEncryption(config), ...checkSupport(config), ...checkTurn(config),
  ]
}

function checkEncryption({ encryption }: Config): Contradiction[] {
  if (!encryption.clients.forceDisable || encryption.defaultForRooms === 'off') return []
  const complaint = 'cannot be while encryption.default_for_rooms has rooms encrypted'
  return [{ path: ['encryption', 'clients', 'force_disable'], complaint }]
}

function checkListeners({ listeners }: Config): Contradiction[] {
  const found: Contradiction[] = []
  if (!listeners.some((listener) => listener.resources.includes('client'))) {
    found.push({ path: ['listeners'], complaint: 'must answer clients somewhere; add client to the resources of one' })
  }
  for (const [index, listener] of listeners.entries()) {
    const first = listeners.findIndex((other) => other.port === listener.port && overlap(other.bind, listener.bind))
    if (listener.port !== 0 && first < index) {
      found.push({ path: ['listeners', index, 'port'], complaint: `is taken by listeners[${first}] already; write another port` })
    }
  }
  return found
}

const overlap = (one: string, other: string): boolean => one === other || [one, other].some((bind) => bind === '0.0.0.0' || bind === '::')

function checkDatabase({ database }: Config): Contradiction[] {
  if (database.url !== undefined) return []
  const found: Contradiction[] = []
  if (database.replicas.length > 0) found.push(
    { path: ['database', 'replicas'], complaint: 'needs database.url: the embedded database has no replicas' },
  )
  if (database.pool.max > EMBEDDED_POOL_MAX) {
    found.push({ path: ['database', 'pool', 'max'], complaint: `can be ${EMBEDDED_POOL_MAX} at most with the embedded database` })
  }
  return found
}

function checkInternal({ internal }: Config): Contradiction[] {
  if (internal.advertise !== undefined || !['0.0.0.0', '::'].includes(internal.bind)) return []
  return [{ path: ['internal', 'advertise'], complaint: 'is missing; write the URL at which the other processes reach this one' }]
}

function checkRegistration({ registration, listeners, passwordHash }: Config): Contradiction[] {
  const found: Contradiction[] = []
  if (registration.tokensRequired && !registration.enabled) {
    found.push(
      {
        path: ['registration', 'tokens_required'],
        complaint: 'does nothing while registration.enabled is false; write enabled: true beside it',
      },
    )
  }
  if (passwordHash.fastInsecure && !listeners.every((listener) => isLoopback(listener.bind))) {
    found.push(
      {
        path: ['password_hash', 'fast_insecure'],
        complaint: 'is for tests on this machine; write false, or let every listener bind 127.0.0.1',
      },
    )
  }
  return found
}

function checkEmail({ email }: Config): Contradiction[] {
  if (email.host === undefined) return []
  if (email.from === undefined) return [{ path: ['email', 'from'], complaint: 'is missing; write the address that mail comes from' }]
  if ((email.user === undefined) !== (email.password === undefined)) {
    return [{ path: ['email', 'user'], complaint: 'and email.password go together; write both or neither' }]
  }
  return []
}

function checkRetention({ retention }: Config): Contradiction[] {
  const { defaultPolicy: { minLifetimeMs = 0, maxLifetimeMs }, allowedLifetimeMinMs = 0, allowedLifetimeMaxMs } = retention
  const found: Contradiction[] = []
  if (maxLifetimeMs !== undefined && maxLifetimeMs < minLifetimeMs) {
    found.push({ path: ['retention', 'default_policy', 'max_lifetime_ms'], complaint: 'must not be less than min_lifetime_ms' })
  }
  if (allowedLifetimeMaxMs !== undefined && allowedLifetimeMaxMs < allowedLifetimeMinMs) {
    found.push({ path: ['retention', 'allowed_lifetime_max_ms'], complaint: 'must not be less than allowed_lifetime_min_ms' })
  }
  return found
}

function checkFederation({ federation }: Config): Contradiction[] {
  if (federation.verifyTls || federation.caFile === undefined) return []
  return [{ path: ['federation', 'ca_file'], complaint: 'does nothing while federation.verify_tls is false; take one of the two away' }]
}

function checkSupport({ wellKnown: { support } }: Config): Contradiction[] {
  return support.contacts.flatMap(({ matrixId, emailAddress }, index) => (
    matrixId !== undefined || emailAddress !== undefined ? []
      : [{ path: ['well_known', 'support', 'contacts', index], complaint: 'needs a matrix_id or an email_address' }]
  ))
}

function checkTurn({ turn: { uris, sharedSecret, username, password } }: Config): Contradiction[] {
  if ((username === undefined) !== (password === undefined)) {
    return [{ path: ['turn', 'username'], complaint: 'and turn.password go together; write both or neither' }]
  }
  if (sharedSecret !== undefined && username !== undefined) {
    return [{ path: ['turn', 'username'], complaint: 'does nothing beside turn.shared_secret; take one of the two away' }]
  }
  if (uris.length === 0 || sharedSecret !== undefined || username !== undefined) return []
  return [{ path: ['turn', 'uris'], complaint: 'needs turn.shared_secret, or turn.username and turn.password' }]
}
