import pg from 'pg'

export interface Address { readonly host: string, readonly port: number, readonly user: string }

/** The database that an embedded server holds. */
export const DATABASE = 'hearth'

const DUPLICATE_DATABASE = '42P04'
const UNIQUE_VIOLATION = '23505'

/** Asks the server for our database and makes it at the first start; `false` while the server does not answer. */
export async function ensureDatabase(address: Address): Promise<boolean> {
  const client = new pg.Client({ ...address, database: 'postgres' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`).catch(ignoreDuplicate)
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Another start may have made it between our question and our order. */
function ignoreDuplicate(error: unknown): void {
  const code = (error as { code?: string }).code
  if (code !== DUPLICATE_DATABASE && code !== UNIQUE_VIOLATION) throw error
}
