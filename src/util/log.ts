import { pino, type Logger, type DestinationStream } from 'pino'
import pretty from 'pino-pretty'

export type LogFields = Record<string, unknown>

/** What the rest of the house may say. WARN and ERROR mean that the operator must act. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  child(fields: LogFields): Log
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface LogOptions {
  readonly level: LogLevel
  readonly format: 'json' | 'pretty'
  readonly destination?: DestinationStream
}

/** Names under which a secret could reach a log line; their values are never written. */
const SECRETS = ['access_token', 'refresh_token', 'password', 'new_password', 'token', 'authorization', 'auth', 'mac', 'session']

export function createLog({ level, format, destination }: LogOptions): Log {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  const options = { level, base: null, redact: { paths, censor: '[hidden]' } }
  if (format === 'json') return wrap(destination === undefined ? pino(options) : pino(options, destination))
  return wrap(pino(options, pretty({ translateTime: 'SYS:HH:MM:ss.l', destination: destination ?? 1 })))
}

export const silentLog: Log = createLog({ level: 'silent', format: 'json' })

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  }
}
