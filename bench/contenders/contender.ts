// A homeserver that compare.ts can start, measure and stop, as often as it likes, on data that stays.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { Homeserver } from '../homeserver.ts'
import { sleep } from '../parallel.ts'

const answersWithinMs = 60_000

export interface RunningContender {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

export interface Contender {
  readonly name: string
  readonly version: string
  /** Where the bench keeps the accounts and rooms that it made on this one. */
  readonly stateFile: string
  readonly databaseUrl: string
  start(): Promise<RunningContender>
}

/** A server that others reach too, by TLS on a port of loopback. */
export interface FederationPlan {
  /** `127.0.0.1` with the port. */
  readonly serverName: string
  readonly port: number
  /** Files of the certificate, its key, and who vouches for those of all others. */
  readonly tls: { readonly cert: string, readonly key: string, readonly ca: string }
}

export interface StartOptions {
  readonly url: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly logFile: string
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export const sharedSecret = 'bench-shared-secret'

/** Spawns a server and waits until it answers `GET /versions`. */
export async function startServer(options: StartOptions): Promise<RunningContender> {
  const log = openSync(options.logFile, 'a')
  const environment = { ...process.env, ...options.environment }
  const child = spawn(options.command, [...options.args], { cwd: options.cwd, stdio: ['ignore', log, log], env: environment })
  closeSync(log)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    void ended.then(() => reject(new Error(`${options.command} ended at its start; see ${options.logFile}`)))
  })
  // When the server is stopped later nobody listens to this any more.
  failed.catch(() => {})
  await Promise.race([waitUntilAnswers(options.url), failed])
  return {
    url: options.url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await ended
      clearTimeout(killer)
    },
  }
}

async function waitUntilAnswers(url: string): Promise<void> {
  const startedMs = performance.now()
  while (performance.now() - startedMs < answersWithinMs) {
    const client = new Homeserver(url).connect()
    const isUp = await client.call('GET', '/_matrix/client/versions').then(() => true, () => false)
    client.close()
    if (isUp) return
    await sleep(100)
  }
  throw new Error(`${url} did not answer within ${answersWithinMs / 1000} s`)
}

export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
