import { WHOLE_ACCOUNT, type AccountDataRow } from '../store/users/account-data.ts'
import type { ChangeIndex } from './change-index.ts'
import type { SyncContext } from './context.ts'

/** What users keep on the server (users/account-data.ts, users/push-rules.ts). */
export interface AccountDataParts {
  readonly accountData: {
    listSince(user: number, pos: number): Promise<AccountDataRow[]>
    listOfRooms(user: number, rooms: readonly number[]): Promise<AccountDataRow[]>
  }
  readonly pushRules: {
    rulesetOf(owner: { readonly user: number, readonly userId: string }): Promise<object>
    rulesOf(user: number): { readonly pos: number } | Promise<{ readonly pos: number }>
  }
  readonly changes: ChangeIndex
}

/** What changed of the account and of rooms, each piece as an event in JSON text. */
export interface AccountDataNews {
  readonly account: readonly string[]
  readonly rooms: ReadonlyMap<number, readonly string[]>
}

/** Everything of the account for who comes anew, else what changed. */
export async function readAccountData(parts: AccountDataParts, context: SyncContext): Promise<AccountDataNews> {
  const { reader, since, fullState, filter, upTo } = context
  const after = fullState ? 0 : since?.pos ?? 0
  const mayHaveChanged = parts.changes.accountData.mayHaveChanged(reader.user, after)
  const rows = mayHaveChanged ? (await parts.accountData.listSince(reader.user, after)).filter(({ pos }) => pos <= upTo) : []
  const account = rows.filter(
    ({ room, type }) => room === WHOLE_ACCOUNT && filter.accountData.passes({ type, sender: reader.userId }),
  ).map(eventText)
  if (filter.accountData.passes({ type: 'm.push_rules', sender: reader.userId }) && await havePushRulesChanged(parts, reader.user, after)) {
    // The rules of the server count as given at the beginning of each account.
    account.push(`{"type":"m.push_rules","content":{"global":${JSON.stringify(await parts.pushRules.rulesetOf(reader))}}}`)
  }
  return { account, rooms: byRoom(rows, context) }
}

/** All account data of rooms that are new to the client, by room. */
export async function readRoomAccountData(
  parts: AccountDataParts, rooms: readonly number[], context: SyncContext,
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (rooms.length === 0) return new Map()
  return byRoom(await parts.accountData.listOfRooms(context.reader.user, rooms), context)
}

async function havePushRulesChanged({ pushRules, changes }: AccountDataParts, user: number, after: number): Promise<boolean> {
  if (after === 0) return true
  if (!changes.pushRules.mayHaveChanged(user, after)) return false
  const rules = pushRules.rulesOf(user)
  return (rules instanceof Promise ? await rules : rules).pos > after
}

function byRoom(rows: readonly AccountDataRow[], { filter }: SyncContext): Map<number, string[]> {
  const rooms = new Map<number, string[]>()
  for (const row of rows) {
    if (row.room === WHOLE_ACCOUNT || !filter.roomAccountData.passesType(row.type)) continue
    const known = rooms.get(row.room)
    if (known === undefined) rooms.set(row.room, [eventText(row)])
    else known.push(eventText(row))
  }
  return rooms
}

function eventText({ type, content }: AccountDataRow): string {
  return `{"type":${JSON.stringify(type)},"content":${content}}`
}
