import type { Db } from '../../store/database.ts'
import {
  deleteUnansweredTransaction, findUnansweredTransaction, saveUnansweredTransaction,
} from '../../store/federation/unanswered-transactions.ts'
import { listEventsAt, listUnsentEvents } from '../../store/federation/unsent-events.ts'
import type { Holds, Transaction } from './compose.ts'
import type { DueEvent } from './due-events.ts'

/** Which of the waiting events come next, with those that do not exist any more. */
export interface WaitingEvents {
  readonly events: readonly DueEvent[]
  readonly rooms: Holds['rooms']
}

/** The events of a server that have waited longest, so many at most. */
export async function listWaitingEvents(db: Db, server: string, max: number): Promise<WaitingEvents> {
  const chosen: { room: number, positions: readonly number[] }[] = []
  let count = 0
  for (const each of await listUnsentEvents(db, server, max)) {
    count += each.positions.length
    if (count > max) break
    chosen.push(each)
  }
  const nids = await listEventsAt(db, chosen.flatMap(({ positions }) => positions))
  return {
    events: chosen.flatMap(({ room, positions }) => positions.flatMap((pos) => {
      const nid = nids.get(pos)
      return nid === undefined ? [] : [{ room, pos, nid }]
    })),
    rooms: chosen.map(({ room, positions }) => [room, positions.at(-1) ?? 0]),
  }
}

/**
 * The transaction that a server did not answer. One that is older than the time given is forgotten: the rest of the room has gone
 * on, and what it says of the moment is not true any more.
 */
export async function findKeptTransaction(db: Db, server: string, createdAfter: number): Promise<Transaction | undefined> {
  const row = await findUnansweredTransaction(db, server)
  if (row === undefined) return undefined
  if (row.createdAt > createdAfter) return { ...row, holds: JSON.parse(row.holds) as Holds, isKept: true }
  await deleteUnansweredTransaction(db, server)
  return undefined
}

/** Writes down a transaction that is about to be sent, so that it is sent again as it was if no answer comes. */
export async function keepTransaction(db: Db, server: string, { txnId, createdAt, body, holds }: Transaction): Promise<void> {
  if (body !== undefined) await saveUnansweredTransaction(db, server, { txnId, createdAt, body, holds: JSON.stringify(holds) })
}

/** Drops the transaction that was sent last: it was answered. */
export async function forgetTransaction(db: Db, server: string): Promise<void> {
  await deleteUnansweredTransaction(db, server)
}
