import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** What a cross-signing key is for. */
export type KeyUsage = 'master' | 'self_signing' | 'user_signing'

export interface KeySignature {
  /** Whose key is signed, and which: the id of a device, or the public part of a cross-signing key. */
  readonly user: number
  readonly keyId: string
  readonly signerKeyId: string
  readonly signature: string
}

/** Lets only one transaction at a time change the cross-signing keys of a user, also while there are none. */
export async function lockCrossSigning(trx: Transaction, user: number): Promise<void> {
  await sql`select 1 from users where nid = ${user} for no key update`.execute(trx)
}

/** The cross-signing keys of users, as canonical JSON. */
export async function listCrossSigningKeys(
  db: Db, userIds: readonly string[],
): Promise<{ user_id: string, user_nid: number, usage: KeyUsage, key: string }[]> {
  const result = await sql<{ user_id: string, user_nid: number, usage: KeyUsage, key: string }>`
    select users.user_id, user_nid, usage, key from users
    join cross_signing_keys on cross_signing_keys.user_nid = users.nid
    where users.user_id = any(${userIds}::text[])`.execute(db)
  return result.rows
}

export async function setCrossSigningKey(trx: Transaction, user: number, usage: KeyUsage, key: string): Promise<void> {
  await trx.insertInto('cross_signing_keys').values({ user_nid: user, usage, key })
    .onConflict((conflict) => conflict.columns(['user_nid', 'usage']).doUpdateSet({ key })).execute()
}

export async function deleteCrossSigningKeys(trx: Transaction, user: number): Promise<void> {
  await trx.deleteFrom('cross_signing_keys').where('user_nid', '=', user).execute()
}

/** Adds signatures by a user; returns whose keys got one that they did not have. */
export async function insertKeySignatures(trx: Transaction, signer: number, signatures: readonly KeySignature[]): Promise<Set<number>> {
  const result = await sql<{ user_nid: number }>`
    insert into key_signatures (user_nid, key_id, signer_nid, signer_key_id, signature)
    select user_nid, key_id, ${signer}::int, signer_key_id, signature
    from unnest(${signatures.map((made) => made.user)}::int[], ${signatures.map((made) => made.keyId)}::text[],
      ${signatures.map((made) => made.signerKeyId)}::text[], ${signatures.map((made) => made.signature)}::text[])
      as given(user_nid, key_id, signer_key_id, signature)
    on conflict (user_nid, key_id, signer_nid, signer_key_id) do update set signature = excluded.signature
    where key_signatures.signature <> excluded.signature
    returning user_nid`.execute(trx)
  return new Set(result.rows.map((row) => row.user_nid))
}

/** The signatures on keys of users that these users made themselves, or the reader. */
export async function listKeySignatures(
  db: Db, userIds: readonly string[], reader: string | undefined,
): Promise<{ user_id: string, key_id: string, signer_id: string, signer_key_id: string, signature: string }[]> {
  const result = await sql<{ user_id: string, key_id: string, signer_id: string, signer_key_id: string, signature: string }>`
    select users.user_id, key_id, signers.user_id as signer_id, signer_key_id, signature from users
    join key_signatures on key_signatures.user_nid = users.nid
    join users as signers on signers.nid = key_signatures.signer_nid
    where users.user_id = any(${userIds}::text[]) and (signers.nid = users.nid or signers.user_id = ${reader ?? null})`.execute(db)
  return result.rows
}

/** Drops the signatures on some keys of a user, whoever made them. */
export async function deleteSignaturesOn(trx: Transaction, user: number, keyIds: readonly string[]): Promise<void> {
  await sql`delete from key_signatures where user_nid = ${user} and key_id = any(${keyIds}::text[])`.execute(trx)
}

/** Drops the signatures that a user made with some keys. */
export async function deleteSignaturesBy(trx: Transaction, signer: number, signerKeyIds: readonly string[]): Promise<void> {
  await sql`delete from key_signatures where signer_nid = ${signer} and signer_key_id = any(${signerKeyIds}::text[])`.execute(trx)
}

/** Whether a device of the user has one of the names. */
export async function hasDeviceNamed(trx: Transaction, user: number, names: readonly string[]): Promise<boolean> {
  const result = await sql`select 1 from devices where user_nid = ${user} and device_id = any(${names}::text[]) limit 1`.execute(trx)
  return result.rows.length > 0
}
