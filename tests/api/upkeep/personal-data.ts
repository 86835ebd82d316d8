import t from 'tap'
import { PERSONAL_DATA } from '../../../src/store/personal-data.ts'
import { DAY_MS } from '../../../src/util/durations.ts'
import { createUpkeepWorld, retentionOf } from './world.ts'

t.test('The registry of personal data knows every table and partition that there is, also those that came with time', async (t) => {
  const world = await createUpkeepWorld(t, retentionOf({ defaultPolicy: { minLifetimeMs: undefined, maxLifetimeMs: DAY_MS } }))
  const tables = await world.query<{ name: string, root: string }>(`
    select relname as name, coalesce(pg_partition_root(oid)::regclass::text, relname) as root from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname not like 'kysely%'`)
  t.same([...new Set(tables.map(({ root }) => root))].sort(), Object.keys(PERSONAL_DATA).sort())
  const parts = tables.filter(({ name, root }) => name !== root)
  t.ok(parts.some(({ name }) => name.startsWith('event_bodies_day_')))
  for (const { name, root } of parts) t.equal(root, 'event_bodies', `${name} holds what was said`)
  const kinds = new Map<string, string>(Object.entries(PERSONAL_DATA).map(([name, { kind }]) => [name, kind]))
  t.equal(kinds.get('event_bodies'), 'said')
  const naming = await world.query<{ name: string, column: string }>(`
    select conrelid::regclass::text as name, attname as column from pg_constraint
    join pg_attribute on attrelid = conrelid and attnum = any(conkey) where contype = 'f' and confrelid = 'users'::regclass`)
  t.same(naming.filter(({ name }) => kinds.get(name) === 'none'), [], 'no table that names a user says that it tells of nobody')
})
