import { readFileSync } from 'node:fs'
import { checkInput } from './check.ts'
import { emptyMap, type Input, type MapInput } from './input.ts'
import type { Mistake } from './mistakes.ts'
import { appservice, type AppserviceRegistration } from './sections/appservice.ts'
import { readYaml } from './yaml-input.ts'

/** What some keys were called before the specification had them, or while it has not. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['push_ephemeral', 'receive_ephemeral'],
  ['de.sorunome.msc2409.push_ephemeral', 'receive_ephemeral'],
  ['org.matrix.msc3202', 'receives_device_changes'],
])

/** Reads the registration files of application services; what is wrong in them is added to the mistakes. */
export function readAppserviceFiles(paths: readonly string[], mistakes: Mistake[]): AppserviceRegistration[] {
  const read = paths.flatMap((path) => readRegistration(path, mistakes) ?? [])
  complainOfTwins(read, mistakes)
  return mistakes.length > 0 ? [] : read.map(({ registration }) => registration)
}

interface ReadRegistration { readonly path: string, readonly registration: AppserviceRegistration }

function readRegistration(path: string, mistakes: Mistake[]): ReadRegistration | undefined {
  const before = mistakes.length
  try {
    const { input, isWhole, mistakes: found } = readYaml(readFileSync(path, 'utf8'), (line, column) => `${path}:${line}:${column}`)
    mistakes.push(...found)
    if (!isWhole) return undefined
    const registration = checkInput(appservice, knownOf(input), '', { folder: '', mistakes })
    // Without a mistake the value has the type that the shape describes.
    return mistakes.length > before ? undefined : { path, registration: registration as AppserviceRegistration }
  } catch (error) {
    mistakes.push({ at: path, key: '', complaint: `cannot be read (${(error as Error).message})` })
    return undefined
  }
}

/** The keys that mean something here, by the names that they have now; lists that are null are empty. */
function knownOf(input: Input): Input {
  if (input.kind !== 'map') return input
  const entries = new Map([...input.entries].map(([name, entry]) => [ALIASES.get(name) ?? name, entry] as const))
  const namespaces = entries.get('namespaces')
  if (namespaces?.value.kind === 'map') {
    entries.set('namespaces', { ...namespaces, value: dropNull(keep(namespaces.value, appservice.fields.namespaces.fields)) })
  }
  return dropNull(keep({ ...emptyMap(input.at), entries }, appservice.fields), 'url')
}

function keep(map: MapInput, fields: object): MapInput {
  return { ...map, entries: new Map([...map.entries].filter(([name]) => Object.hasOwn(fields, name))) }
}

function dropNull(map: MapInput, except?: string): MapInput {
  const isThere = ([name, { value }]: readonly [string, { readonly value: Input }]) =>
    name === except || value.kind !== 'scalar' || value.value !== null
  return { ...map, entries: new Map([...map.entries].filter(isThere)) }
}

/** Ids and tokens tell application services apart (Application Service API, Registration). */
function complainOfTwins(read: readonly ReadRegistration[], mistakes: Mistake[]): void {
  for (const [index, { path, registration }] of read.entries()) {
    for (const [key, field] of [['id', 'id'], ['as_token', 'asToken'], ['sender_localpart', 'senderLocalpart']] as const) {
      const twin = read.slice(0, index).find((other) => other.registration[field] === registration[field])
      if (twin !== undefined) mistakes.push({ at: path, key, complaint: `is the same as in ${twin.path}; write another one` })
    }
  }
}
