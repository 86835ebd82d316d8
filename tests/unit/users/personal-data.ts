import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { PERSONAL_DATA } from '../../../src/store/personal-data.ts'

const FOLDER = new URL('../../../migrations/', import.meta.url)

t.test('Every table says what it holds of a person', async (t) => {
  const tables = new Map<string, string>()
  for (const file of await readdir(FOLDER)) {
    const text = await readFile(new URL(file, FOLDER), 'utf8')
    for (const [, name = '', columns = ''] of text.matchAll(/^create table (\w+) \(\n(.*?)^\)/gms)) tables.set(name, columns)
  }
  t.same(Object.keys(PERSONAL_DATA).sort(), [...tables.keys()].sort())
  for (const [table, data] of Object.entries(PERSONAL_DATA)) {
    const columns = tables.get(table) ?? ''
    if (data.kind === 'own') t.match(columns, new RegExp(`^  ${data.column} int `, 'm'), `${table}.${data.column}`)
    else t.notMatch(columns, /^ {2}(user|reporter|creator|owner)_nid /m, `${table} names no user`)
  }
})
