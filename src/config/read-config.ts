import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readAppserviceFiles } from './appservice-files.ts'
import { checkInput } from './check.ts'
import { isLoopback } from './complaints.ts'
import type { Config, Listener } from './config.ts'
import { findContradictions } from './cross-checks.ts'
import { findIdleSettings } from './idle-settings.ts'
import { emptyMap, type Input, type MapInput } from './input.ts'
import type { Mistake } from './mistakes.ts'
import { placeOf } from './place.ts'
import { schema } from './schema.ts'
import { listeners as listenersShape } from './sections/listeners.ts'
import type { ValueOf } from './shape.ts'
import { applyEnvironment, type Environment } from './variables.ts'
import { readYaml } from './yaml-input.ts'

export interface ConfigSources {
  /** The YAML file; without one this may be a trial. */
  readonly file?: string | undefined
  readonly workingFolder: string
  readonly environment: Environment
}

export type ConfigOutcome =
  | {
    readonly ok: true
    readonly config: Config
    readonly isTrial: boolean
    /** What is set and has no effect yet. */
    readonly idle: readonly Mistake[]
  }
  | { readonly ok: false, readonly mistakes: readonly Mistake[] }

type Written = ValueOf<typeof schema>

/** Reads, checks and completes the configuration; finds all mistakes, not only the first. */
export function readConfig({ file, workingFolder, environment }: ConfigSources): ConfigOutcome {
  const mistakes: Mistake[] = []
  const read = file === undefined ? emptyMap('environment') : readFile(file, workingFolder, mistakes)
  if (read === undefined) return { ok: false, mistakes }
  if (read.kind !== 'map') return {
    ok: false, mistakes: [...mistakes, { at: read.at, key: '', complaint: 'a configuration has keys, such as server_name: example.org' }],
  }
  const given = applyEnvironment(schema, read, environment, mistakes)
  const isTrial = file === undefined && listensOnLoopbackOnly(given)
  const input = isTrial ? withTrialDefaults(given) : given
  const folder = file === undefined ? workingFolder : dirname(resolve(workingFolder, file))
  const written = checkInput(schema, input, '', { folder, mistakes })
  if (mistakes.length > 0) return { ok: false, mistakes }
  // Without a mistake the value has the type that the schema describes.
  const { appservices, ...others } = written as Written
  const config = { ...complete(others, folder), appservices: readAppserviceFiles(appservices, mistakes) }
  for (const { path, complaint } of findContradictions(config)) {
    mistakes.push({ at: placeOf(input, path), key: path.map(String).join('.').replaceAll(/\.(\d+)/g, '[$1]'), complaint })
  }
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, config, isTrial, idle: findIdleSettings(schema, given) }
}

/** Undefined when there is nothing to read, which is the mistake then. */
function readFile(file: string, workingFolder: string, mistakes: Mistake[]): Input | undefined {
  try {
    const outcome = readYaml(readFileSync(resolve(workingFolder, file), 'utf8'), (line, column) => `${file}:${line}:${column}`)
    mistakes.push(...outcome.mistakes)
    return outcome.isWhole ? outcome.input : undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const complaint = code === 'ENOENT' ? 'is not there; "npx hearth init" can write it' : `cannot be read (${message})`
    mistakes.push({ at: file, key: '', complaint })
    return undefined
  }
}

function listensOnLoopbackOnly(input: MapInput): boolean {
  const written = input.entries.get('listeners')
  const listeners = written === undefined ? listenersShape.fallback : checkInput(
    listenersShape, written.value, 'listeners', { folder: '', mistakes: [] },
  )
  return ((listeners ?? []) as Partial<Listener>[]).every((listener) => isLoopback(listener?.bind ?? ''))
}

/** Without a file, and reachable from this machine only, someone is trying Hearth out: people may register. */
function withTrialDefaults(input: MapInput): MapInput {
  const { at } = input
  const entries = new Map(input.entries)
  if (!entries.has('server_name')) {
    entries.set('server_name', { at, value: { kind: 'scalar', at, value: 'localhost', source: 'localhost' } })
  }
  const setSwitch = (name: string, value: boolean): void => {
    const section = entries.get(name)?.value
    const keys = new Map(section?.kind === 'map' ? section.entries : [])
    if (!keys.has('enabled')) keys.set('enabled', { at, value: { kind: 'scalar', at, value, source: String(value) } })
    entries.set(name, { at, value: { kind: 'map', at, entries: keys } })
  }
  setSwitch('registration', true)
  // Everybody in a trial comes from one address, which limits by address would take for one person.
  setSwitch('rate_limits', false)
  return { ...input, entries }
}

/** Fills in what follows from other keys. */
function complete(written: Omit<Written, 'appservices'>, folder: string): Omit<Config, 'appservices'> {
  const dataDir = resolve(folder, written.dataDir)
  return {
    ...written,
    dataDir,
    publicBaseurl: (written.publicBaseurl ?? defaultBaseUrl(written)).replace(/\/+$/, ''),
    signingKeyPath: written.signingKeyPath ?? join(dataDir, 'signing.key'),
    media: { ...written.media, path: written.media.path ?? join(dataDir, 'media') },
  }
}

function defaultBaseUrl({ serverName, listeners }: Pick<Written, 'serverName' | 'listeners'>): string {
  if (serverName !== 'localhost') return `https://${serverName}`
  const listener = listeners.find(({ resources }) => resources.includes('client'))
  return `http${listener?.tls === undefined ? '' : 's'}://localhost:${listener?.port ?? 8008}`
}
