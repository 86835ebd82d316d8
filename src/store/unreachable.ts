import pg from 'pg'
import { LeaseLost } from './fence.ts'

/** PostgreSQL could not be reached. */
export class DatabaseUnreachable extends Error {}

/** Runs what opens a connection, so that a failure of it is known again above. */
export async function reach<T>(connect: () => Promise<T>): Promise<T> {
  try {
    return await connect()
  } catch (error) {
    if (error instanceof LeaseLost) throw error
    throw new DatabaseUnreachable(`PostgreSQL cannot be reached: ${String(error)}`, { cause: error })
  }
}

/** Of class 08, a broken connection; of class 57, a server that shuts down, crashed or starts. */
const BROKEN = /^(?:08...|57P0[1-3])$/
/** What the driver says of a connection that broke without a word of the server. */
const ENDED = /^(?:Connection terminated|Client has encountered a connection error)/

/** Whether it was not the statement that failed but the connection, so that it may well succeed later. */
export function isConnectionFailure(error: unknown): boolean {
  if (error instanceof DatabaseUnreachable) return true
  if (error instanceof pg.DatabaseError) return BROKEN.test(error.code ?? '')
  return error instanceof Error && ENDED.test(error.message)
}
