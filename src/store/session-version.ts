import { sql } from 'kysely'
import type { Db, Transaction } from './database.ts'

const NAME = 'session_version'

/** A text that is another one once somebody beside the server has ended sessions. */
export async function findSessionVersion(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('server_info').select('value').where('name', '=', NAME).executeTakeFirst()
  return row?.value
}

/** Lets the server know that it must ask anew about every session. */
export async function raiseSessionVersion(trx: Transaction): Promise<void> {
  await sql`insert into server_info (name, value) values (${NAME}, '1')
    on conflict (name) do update set value = (server_info.value::bigint + 1)::text`.execute(trx)
}
