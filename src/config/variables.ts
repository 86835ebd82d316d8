import { findNearest } from './did-you-mean.ts'
import { emptyMap, type Input, type MapInput } from './input.ts'
import type { Mistake } from './mistakes.ts'
import type { AnyShape, Fields, Section } from './shape.ts'
import { readYaml } from './yaml-input.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'HEARTH_'

/** Names the configuration file itself. */
export const CONFIG_VARIABLE = 'HEARTH_CONFIG'

interface Variable { readonly path: readonly string[], readonly shape: AnyShape, readonly isFile: boolean }

export const variableName = (path: readonly string[]): string => PREFIX + path.join('_').toUpperCase()

/** Each key that holds a value, by the name of its variable: `registration.enabled` is HEARTH_REGISTRATION_ENABLED. */
function listVariables(fields: Fields, above: readonly string[] = []): Map<string, Variable> {
  const variables = new Map<string, Variable>()
  for (const [name, shape] of Object.entries(fields)) {
    const path = [...above, name]
    if (shape.kind === 'section') {
      for (const [variable, found] of listVariables(shape.fields, path)) variables.set(variable, found)
      continue
    }
    variables.set(variableName(path), { path, shape, isFile: false })
    const filePath = [...above, `${name}_file`]
    if (shape.kind === 'text' && shape.secret === true) variables.set(variableName(filePath), { path: filePath, shape, isFile: true })
  }
  return variables
}

/** Puts what the environment says over what the file says. */
export function applyEnvironment(schema: Section<Fields>, file: MapInput, environment: Environment, mistakes: Mistake[]): MapInput {
  const variables = listVariables(schema.fields)
  let input = file
  for (const [name, text] of Object.entries(environment)) {
    // Tools that write one line for every variable leave those empty that nobody set.
    if (!name.startsWith(PREFIX) || name === CONFIG_VARIABLE || text === undefined || text === '') continue
    const variable = variables.get(name)
    if (variable !== undefined) input = put(input, variable.path, valueOf(variable, name, text, mistakes))
    else complainIfMistyped(name, variables, mistakes)
  }
  return input
}

/** Container platforms set variables such as HEARTH_PORT for a service of this name, so only near misses are mistakes. */
function complainIfMistyped(name: string, variables: ReadonlyMap<string, Variable>, mistakes: Mistake[]): void {
  const nearest = findNearest(name, variables.keys())
  if (nearest !== undefined) mistakes.push(
    { at: 'environment', key: name, complaint: `is not a variable that Hearth knows; did you mean "${nearest}"?` },
  )
}

/** Text is taken as it stands; everything else is written as in the file: `true`, `8008`, `[a, b]`. */
function valueOf({ shape, isFile }: Variable, name: string, text: string, mistakes: Mistake[]): Input {
  if (isFile || shape.kind === 'text') return { kind: 'scalar', at: name, value: text, source: text }
  const outcome = readYaml(text, () => name)
  mistakes.push(...outcome.mistakes)
  return outcome.input
}

/** The map with a value set; the other spelling of a secret is taken away, so that the environment wins over the file. */
function put(map: MapInput, [name = '', ...rest]: readonly string[], value: Input): MapInput {
  const entries = new Map(map.entries)
  const found = entries.get(name)
  const inner = found?.value.kind === 'map' ? found.value : emptyMap(found?.at ?? value.at)
  if (rest.length === 0) entries.delete(name.endsWith('_file') ? name.slice(0, -'_file'.length) : `${name}_file`)
  entries.set(name, { at: value.at, value: rest.length === 0 ? value : put(inner, rest, value) })
  return { ...map, entries }
}
