/**
 * Those of the items first on which others depend, else as they stand. Without recursion, since other servers decide how
 * long a line of events is; where they go in circles, which hashes do not allow, the order is as it comes.
 */
export function inOrder<T extends { readonly eventId: string }>(items: readonly T[], listNeeded: (item: T) => readonly string[]): T[] {
  const byId = new Map(items.map((item) => [item.eventId, item]))
  const ordered = new Set<T>()
  const entered = new Set<T>()
  for (const start of byId.values()) {
    const waiting = [start]
    for (let item = waiting.at(-1); item !== undefined; item = waiting.at(-1)) {
      const needed = entered.has(item) ? [] : listNeeded(item).flatMap((id) => byId.get(id) ?? []).filter((each) => !entered.has(each))
      entered.add(item)
      if (needed.length > 0) {
        waiting.push(...needed)
      } else {
        waiting.pop()
        ordered.add(item)
      }
    }
  }
  return [...ordered]
}
