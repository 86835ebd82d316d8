import pg from 'pg'
import type { Connection } from './database.ts'

export type Probe = { readonly ok: true, readonly major: number } | { readonly ok: false, readonly problem: string, readonly fix: string }

const MAJOR_MIN = 15
const TIMEOUT_MS = 10_000

/** Whether a PostgreSQL answers there that this program can work with; if not, what to do about it. */
export async function probeDatabase({ url, ...parts }: Connection): Promise<Probe> {
  const address = url === undefined ? parts : { connectionString: url }
  const client = new pg.Client({ ...address, connectionTimeoutMillis: TIMEOUT_MS, application_name: 'hearth' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string, encoding: string }>(
      `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding`)
    return judge(Number(rows[0]?.version ?? 0), rows[0]?.encoding ?? '')
  } catch (error) {
    return describeFailure(error as Error & { code?: string })
  } finally {
    await client.end().catch(() => undefined)
  }
}

function judge(version: number, encoding: string): Probe {
  const major = Math.floor(version / 10_000)
  if (major < MAJOR_MIN) return { ok: false, problem: `It is PostgreSQL ${major}.`, fix: `Hearth needs PostgreSQL ${MAJOR_MIN} or newer.` }
  if (encoding === 'UTF8') return { ok: true, major }
  return { ok: false, problem: `Its encoding is ${encoding}.`, fix: 'Make the database anew with ENCODING \'UTF8\' TEMPLATE template0.' }
}

const FIXES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: start PostgreSQL, or correct the host and port in database.url.',
  ENOTFOUND: 'Correct the host in database.url.',
  EAI_AGAIN: 'The name of the host cannot be looked up: correct database.url, or look at the DNS of this machine.',
  ENOENT: 'There is no such socket: start PostgreSQL, or correct the host in database.url.',
  EACCES: 'Give the user who runs Hearth access to the socket, or correct database.url.',
  '28P01': 'Correct the password in database.url.',
  '28000': 'Let this user in by pg_hba.conf, or correct the user in database.url.',
  '3D000': 'Make the database first (createdb --encoding=UTF8 --template=template0 NAME), or correct its name in database.url.',
  '42501': 'Make the user of database.url the owner of the database.',
  '53300': 'It has no connection left: raise max_connections there.',
  '57P03': 'It is starting up or shutting down: try again in a moment.',
}

function describeFailure(error: Error & { code?: string }): Probe {
  const message = error.message === '' ? (error.code ?? 'no answer') : error.message
  return { ok: false, problem: `It says: ${message}.`, fix: FIXES[error.code ?? ''] ?? 'Look at database.url.' }
}
