import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import type { Identity } from './identity.ts'

export interface Outcome { readonly ok: boolean, readonly output: string }
export type RunProgram = (program: 'initdb' | 'pg_ctl', args: readonly string[], folder: string) => Promise<Outcome>

/** Runs the programs of PostgreSQL as the given identity, with nothing of our environment that could change what they do. */
export function programRunner(binaries: Binaries, identity: Identity): RunProgram {
  return (program, args, folder) => {
    const [command = '', ...rest] = [...identity.prefix, join(binaries.folder, program), ...args]
    const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
    const child = spawn(command, rest, {
      cwd: folder,
      env,
      ...identity.ids,
      // A pipe would be inherited by the server that pg_ctl leaves behind, and never close.
      stdio: program === 'initdb' ? ['ignore', 'pipe', 'pipe'] : 'ignore',
    })
    return outcomeOf(child)
  }
}

function outcomeOf(child: ReturnType<typeof spawn>): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let output = ''
  child.stdout?.on('data', (data: Buffer) => output += data.toString())
  child.stderr?.on('data', (data: Buffer) => output += data.toString())
  child.on('error', (error) => resolve({ ok: false, output: error.message }))
  child.on('close', (code) => resolve({ ok: code === 0, output }))
  return promise
}
