import { isJsonObject, type JsonObject, type JsonValue } from '../../matrix/json.ts'

/** What one server tells another besides events (Server-Server API, EDUs). */
export interface Edu {
  readonly edu_type: string
  readonly content: JsonObject
}

/** By room, type and user (Server-Server API, m.receipt). */
type Receipts = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>

/** Says in one what can be said in one: the presence of several users, the receipts of several readers. */
export function mergeEdus(edus: readonly Edu[]): Edu[] {
  const presences = edus.filter(({ edu_type: type }) => type === 'm.presence')
  const receipts = edus.filter(({ edu_type: type }) => type === 'm.receipt')
  const others = edus.filter(({ edu_type: type }) => type !== 'm.presence' && type !== 'm.receipt')
  const push = presences.flatMap(({ content: { push: users } }): readonly JsonValue[] => Array.isArray(users) ? users : [])
  return [
    ...others,
    ...(push.length === 0 ? [] : [{ edu_type: 'm.presence', content: { push } }]),
    ...mergeReceipts(receipts.map(({ content }) => content as Receipts)).map((content) => ({ edu_type: 'm.receipt', content })),
  ]
}

/** A user has one receipt of a type in one room of an EDU; where threads make it several, the others go into further ones. */
function mergeReceipts(receipts: readonly Receipts[]): Receipts[] {
  const merged: Record<string, Record<string, Record<string, JsonValue>>>[] = []
  for (const [room, type, user, receipt] of receipts.flatMap(listReceipts)) {
    let index = 0
    while (merged[index]?.[room]?.[type]?.[user] !== undefined) index += 1
    const content = merged[index] ??= {}
    const byType = content[room] ??= {}
    const byUser = byType[type] ??= Object.create(null) as Record<string, JsonValue>
    byUser[user] = receipt
  }
  return merged
}

function listReceipts(receipts: Receipts): [room: string, type: string, user: string, receipt: JsonObject][] {
  return Object.entries(receipts).flatMap(([room, byType]) => Object.entries(byType).flatMap(([type, byUser]) => (
    Object.entries(byUser).flatMap(([user, receipt]): [string, string, string, JsonObject][] => (
      isJsonObject(receipt) ? [[room, type, user, receipt]] : []
    ))
  )))
}
