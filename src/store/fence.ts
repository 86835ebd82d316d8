import type pg from 'pg'

/** What a connection works in: it must not write after another process has taken over. */
export interface Fence {
  readonly epoch: number
  /** Called when the epoch turns out to be over. */
  lose(): void
}

/** The leases are another process's now, and what was built under them must not be written. */
export class LeaseLost extends Error {
  constructor() {
    super('Another process has taken the leases of this one')
  }
}

/** The SQL condition that an epoch goes on, given as an expression. Whoever works beside the server is in none. */
export function isStill(epoch: string): string {
  return `(${epoch} is null or exists (select from tenures where tenures.epoch = ${epoch}))`
}

/** Looks whether a new connection may be used: when an epoch ends, those that it had are ended. Throws LeaseLost. */
export async function passFence(client: Pick<pg.ClientBase, 'query'>, fence: Fence | undefined): Promise<void> {
  if (fence === undefined) return
  const { rowCount } = await client.query('select from tenures where epoch = $1', [fence.epoch])
  if (rowCount === 0) throw lost(fence)
}

/** Tells whom it concerns. */
export function lost(fence: Fence | undefined): LeaseLost {
  fence?.lose()
  return new LeaseLost()
}

/** The name under which PostgreSQL lists the connections of an epoch. */
export function applicationName(epoch: number | undefined): string {
  return epoch === undefined ? 'hearth' : `hearth ${epoch}`
}
