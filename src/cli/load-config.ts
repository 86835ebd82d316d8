import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { describeMistake } from '../config/mistakes.ts'
import { readConfig } from '../config/read-config.ts'
import { CONFIG_VARIABLE } from '../config/variables.ts'
import { OperatorError } from '../util/operator-error.ts'
import type { Shell } from './shell.ts'

export const DEFAULT_FILE = 'hearth.yaml'

export interface LoadedConfig {
  readonly config: Config
  readonly isTrial: boolean
  /** What is set and has no effect yet, a sentence each. */
  readonly idle: readonly string[]
  /** The file it came from; undefined if there is none. */
  readonly file: string | undefined
}

/** The file that is meant: the one that was named, or hearth.yaml where the command was started, if there is one. */
export function findConfigFile(shell: Pick<Shell, 'workingFolder' | 'environment'>, named: string | undefined): string | undefined {
  const file = named ?? shell.environment[CONFIG_VARIABLE]
  if (file !== undefined && file !== '') return file
  return existsSync(join(shell.workingFolder, DEFAULT_FILE)) ? DEFAULT_FILE : undefined
}

/** Reads the configuration. Errors: an OperatorError that lists every mistake. */
export function loadConfig(shell: Shell, named: string | undefined): LoadedConfig {
  const file = findConfigFile(shell, named)
  const outcome = readConfig({ file, workingFolder: shell.workingFolder, environment: shell.environment })
  if (outcome.ok) return { config: outcome.config, isTrial: outcome.isTrial, idle: outcome.idle.map(describeMistake), file }
  throw new OperatorError(outcome.mistakes.map(describeMistake).join('\n'))
}
