import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock, type Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import { OperatorError } from '../../util/operator-error.ts'
import { findBinaries } from './binaries.ts'
import { prepareCluster, SUPERUSER } from './cluster.ts'
import { makeFolders, nameFolders, type Folders } from './folders.ts'
import { chooseIdentity } from './identity.ts'
import { findPostmaster, PORT, removeLockFiles } from './postmaster.ts'
import { programRunner, type RunProgram } from './programs.ts'
import { DATABASE, ensureDatabase } from './readiness.ts'
import { enter, leave } from './tenants.ts'

export interface EmbeddedDatabase {
  readonly connection: { readonly host: string, readonly port: number, readonly user: string, readonly database: string }
  /** Whether it ran already: left over from a killed server, or in use by another process of ours. */
  readonly wasRunning: boolean
  /** Stops PostgreSQL, unless another process of ours still uses it. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  readonly dataDir: string
  readonly log: Log
  readonly clock?: Clock
}

const RETRY_MS = 250
const WATCH_MS = 1_000
const PATIENCE_MS = 60_000

/**
 * Starts the bundled PostgreSQL on a unix socket in the data folder, or takes over the one that runs there.
 * Whatever was killed before, and in whichever state, the next start gets to a server that answers.
 * Throws an OperatorError with the fix when that is not possible.
 */
export async function startEmbedded({ dataDir, log, clock = systemClock }: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const binaries = await findBinaries()
  const folders = nameFolders(dataDir)
  const identity = await chooseIdentity(folders.cluster)
  await makeFolders(dataDir, folders, identity)
  const run = programRunner(binaries, identity)
  await prepareCluster(folders, identity, binaries.major, run)
  await enter(folders.root)
  const startedMs = clock.monotonicMs()
  const wasRunning = await untilAnswers(folders, run, clock)
  log.debug({ wasRunning, tookMs: Math.round(clock.monotonicMs() - startedMs) }, 'The embedded PostgreSQL answers')
  const endWatch = watch(folders, run, clock, log)
  return {
    connection: { host: folders.sockets, port: PORT, user: SUPERUSER, database: DATABASE },
    wasRunning,
    async stop() {
      await endWatch()
      await stop(folders, run)
    },
  }
}

/** Starts PostgreSQL again where it was killed while we run, as the kernel does when memory runs out. Returns how to end it. */
function watch(folders: Folders, run: RunProgram, clock: Clock, log: Log): () => Promise<void> {
  let isOver = false
  let looking: Promise<void> = Promise.resolve()
  let cancel = next()
  function next(): () => void {
    return clock.setTimer(WATCH_MS, () => {
      looking = look().catch((error: unknown) => {
        log.error({ error: String(error) }, 'The embedded PostgreSQL has ended and does not start again')
      }).then(() => {
        if (!isOver) cancel = next()
      })
    })
  }
  async function look(): Promise<void> {
    if ((await findPostmaster(folders.cluster)).is === 'ours' || isOver) return
    log.warn({}, 'The embedded PostgreSQL has ended; it is started again')
    await untilAnswers(folders, run, clock, () => isOver)
  }
  return async () => {
    isOver = true
    cancel()
    await looking
  }
}

/** Starts and asks in turn: a server may be starting, stopping, waiting for orphans of a killed one, or belong to a start beside ours. */
async function untilAnswers(folders: Folders, run: RunProgram, clock: Clock, isGivenUp = () => false): Promise<boolean> {
  const deadlineMs = clock.monotonicMs() + PATIENCE_MS
  let wasRunning = true
  for (;;) {
    const postmaster = await findPostmaster(folders.cluster)
    if (postmaster.is === 'another program' || postmaster.is === 'uncollected') await removeLockFiles(folders)
    if (postmaster.is !== 'ours') {
      const { ok } = await run('pg_ctl', startArguments(folders), folders.cluster)
      if (ok) wasRunning = false
    }
    if (await ensureDatabase({ host: folders.sockets, port: PORT, user: SUPERUSER }) || isGivenUp()) return wasRunning
    if (clock.monotonicMs() > deadlineMs) throw await startFailure(folders)
    await clock.sleep(RETRY_MS)
  }
}

function startArguments(folders: Folders): string[] {
  // pg_ctl hands the options to a shell.
  const sockets = `'${folders.sockets.replaceAll('\'', '\'\\\'\'')}'`
  return ['start', '-w', '-t', '30', '-D', folders.cluster, '-l', join(folders.logs, 'start.log'), '-o', `-k ${sockets} -p ${PORT}`]
}

async function startFailure(folders: Folders): Promise<OperatorError> {
  const said = await readFile(join(folders.logs, 'start.log'), 'utf8').catch(() => '')
  return new OperatorError(`The embedded PostgreSQL does not start. Its last words, from ${folders.logs}:\n${said.trim().slice(-1500)}`)
}

async function stop(folders: Folders, run: RunProgram): Promise<void> {
  if (!await leave(folders.root) || (await findPostmaster(folders.cluster)).is !== 'ours') return
  await run('pg_ctl', ['stop', '-w', '-t', '30', '-m', 'fast', '-D', folders.cluster], folders.cluster)
}
