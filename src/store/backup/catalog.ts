import type pg from 'pg'

/** What a database holds, as far as it has to be carried over. */
export interface Catalog {
  /** In an order in which each table comes after those that it refers to. */
  readonly tables: readonly string[]
  readonly sequences: readonly { readonly name: string, readonly value: number }[]
  /** Partitions that came with time; the schema does not have them from the start. */
  readonly partitions: readonly { readonly name: string, readonly parent: string, readonly bound: string }[]
  /** The last migration that was applied. */
  readonly schema: string
}

/** Kysely's own bookkeeping is not carried over: the schema is made by the migrations. */
const TABLES = `
  select relname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where nspname = 'public' and relkind in ('r', 'p') and not relispartition and relname not like 'kysely%' order by relname`

const REFERENCES = `
  select conrelid::regclass::text as "from", confrelid::regclass::text as "to" from pg_constraint
  where contype = 'f' and conparentid = 0 and conrelid <> confrelid`

const SEQUENCES = `
  select sequencename as name, coalesce(last_value, start_value) as value from pg_sequences
  where schemaname = 'public' order by sequencename`

const PARTITIONS = `
  select child.relname as name, parent.relname as parent, pg_get_expr(child.relpartbound, child.oid) as bound
  from pg_inherits join pg_class child on child.oid = inhrelid join pg_class parent on parent.oid = inhparent
  where child.relispartition and child.relkind in ('r', 'p') order by child.oid`

export async function readCatalog(client: pg.Client): Promise<Catalog> {
  const names = (await client.query<{ name: string }>(TABLES)).rows.map(({ name }) => name)
  const references = (await client.query<{ from: string, to: string }>(REFERENCES)).rows
  const sequences = (await client.query<{ name: string, value: string }>(SEQUENCES)).rows
  const partitions = (await client.query<{ name: string, parent: string, bound: string }>(PARTITIONS)).rows
  const migrations = (await client.query<{ name: string }>('select name from kysely_migration order by name')).rows
  return {
    tables: inOrder(names, references),
    sequences: sequences.map(({ name, value }) => ({ name, value: Number(value) })),
    partitions,
    schema: migrations.at(-1)?.name ?? '',
  }
}

function inOrder(names: readonly string[], references: readonly { readonly from: string, readonly to: string }[]): string[] {
  const ordered = new Set<string>()
  const add = (name: string): void => {
    if (ordered.has(name)) return
    for (const { from, to } of references) if (from === name) add(to)
    ordered.add(name)
  }
  for (const name of names) add(name)
  return [...ordered]
}
