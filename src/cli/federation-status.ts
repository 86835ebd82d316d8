import { notAServerName } from '../config/complaints.ts'
import type { Db } from '../store/database.ts'
import { askForReset, isKnownServer, listOutboxStatus, type OutboxStatus } from '../store/federation/outboxes.ts'
import { OperatorError } from '../util/operator-error.ts'
import { withDatabase } from './open-accounts.ts'
import type { Shell } from './shell.ts'

export interface StatusOptions { readonly config?: string, readonly json?: boolean }

/** Prints which servers do not answer, or have not been sent everything; or how one of them stands. */
export async function printFederationStatus(shell: Shell, server: string | undefined, { config, json }: StatusOptions): Promise<void> {
  if (server !== undefined) checkName(server)
  await withDatabase(shell, config, async ({ database: { db } }) => {
    if (server !== undefined) await checkKnown(db, server)
    const found = await listOutboxStatus(db, server)
    for (const status of found) shell.print(json === true ? JSON.stringify(status) : lineOf(status, shell.clock.now()))
    if (found.length > 0 || json === true) return
    shell.print(server === undefined ? 'Every server answers and has been sent everything.' : `${server} has been sent everything.`)
  })
}

/** Has a server tried at once that was to be left alone for a while. */
export async function resetFederation(shell: Shell, server: string, { config }: StatusOptions): Promise<void> {
  checkName(server)
  await withDatabase(shell, config, async ({ database: { db } }) => {
    await checkKnown(db, server)
    await askForReset(db, server)
  })
  shell.print(`${server} will be tried within seconds, or when Hearth starts.`)
}

async function checkKnown(db: Db, server: string): Promise<void> {
  if (await isKnownServer(db, server)) return
  throw new OperatorError(
    `This server has nothing to do with ${server}: it has sent it nothing and knows nobody there. `
    + `"npx hearth federation test ${server}" tries the way.`,
  )
}

function checkName(server: string): void {
  const complaint = notAServerName(server)
  if (complaint !== undefined) throw new OperatorError(`${server} ${complaint}.`)
}

function lineOf({ server, rooms, edus, lostEdus, unansweredSince, failingSince, retryAt, problem }: OutboxStatus, now: number): string {
  const waiting = [
    ...(rooms === 0 ? [] : [`events of ${rooms} ${rooms === 1 ? 'room' : 'rooms'}`]),
    ...(edus === 0 ? [] : [`${edus} other ${edus === 1 ? 'message' : 'messages'}`]),
    ...(unansweredSince === null ? [] : [`a transaction of ${new Date(unansweredSince).toISOString()}`]),
  ]
  const parts = [
    server,
    waiting.length === 0 ? 'nothing waits' : `${waiting.join(', ')} ${waiting.length === 1 && rooms === 0 ? 'waits' : 'wait'}`,
    ...(lostEdus === 0 ? [] : [`${lostEdus} ${lostEdus === 1 ? 'message' : 'messages'} to devices were dropped`]),
    ...(failingSince === null ? [] : [`does not answer since ${new Date(failingSince).toISOString()}: ${problem ?? ''}`]),
    ...(retryAt === null || retryAt <= now ? [] : [`tried again at ${new Date(retryAt).toISOString()}`]),
  ]
  return parts.join('  ')
}
