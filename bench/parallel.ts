/** Calls `work` for each item, `width` of them at a time; the results stand in the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item, lane: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length)
  const queue = items.entries()
  async function runLane(lane: number): Promise<void> {
    for (const [index, item] of queue) results[index] = await work(item, lane)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, (_, lane) => runLane(lane)))
  return results
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
