export interface Mistakes {
  /** Events that were acknowledged and never seen. */
  readonly lost: number
  /** Events that were seen twice, or after one that their writer sent later. */
  readonly outOfOrder: number
}

/** Compares what a reader has seen with the ids that each writer was told, in the order of the acknowledgements. */
export function findMistakes(
  acknowledged: ReadonlyMap<string, readonly string[]>, seen: readonly { readonly sender: string, readonly event_id: string }[],
): Mistakes {
  const bySender = Map.groupBy(seen, (event) => event.sender)
  let [lost, outOfOrder] = [0, 0]
  for (const [sender, eventIds] of acknowledged) {
    const numbers = new Map(eventIds.map((eventId, index) => [eventId, index]))
    const seenNumbers = (bySender.get(sender) ?? []).flatMap((event) => numbers.get(event.event_id) ?? [])
    lost += eventIds.length - new Set(seenNumbers).size
    outOfOrder += seenNumbers.filter((number, index) => number <= (seenNumbers[index - 1] ?? -1)).length
  }
  return { lost, outOfOrder }
}
