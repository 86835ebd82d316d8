// matrix-nio from PyPI, where this machine's Python has it: a second language's reading of what we answer.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import type { HearthProcess } from '../soak/hearth-process.ts'

const run = promisify(execFile)
const python = process.env['NIO_PYTHON'] ?? 'python3'

interface Facts { readonly [fact: string]: unknown, readonly lines: readonly string[] }

export async function hasNio(): Promise<boolean> {
  return run(python, ['-c', 'import nio']).then(() => true, () => false)
}

export async function talkWithNio(test: Test, server: HearthProcess): Promise<void> {
  const { stdout } = await run(python, [join(import.meta.dirname, 'nio-talk.py'), server.url], { timeout: 120_000 })
  const { lines, ...facts } = JSON.parse(stdout) as Facts
  test.same(facts, { invited: true, reacted: true, threaded: true, redacted: true, read: true })
  test.same(lines, Array.from({ length: 30 }, (_, index) => `line ${index + 1}`), 'history pages back, in order')
}
