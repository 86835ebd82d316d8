import type { Config } from './config.ts'
import { describeMistake } from './mistakes.ts'
import { readConfig } from './read-config.ts'

/** The configuration of a trial whose paths start at a folder, for tests and tools that change some keys of it. */
export function trialConfig(folder: string): Config {
  const outcome = readConfig({ workingFolder: folder, environment: {} })
  if (outcome.ok) return outcome.config
  throw new Error(outcome.mistakes.map(describeMistake).join('\n'))
}
