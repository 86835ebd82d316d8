/** The value below which `share` of the sorted values lie (nearest rank). */
export function percentile(sorted: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(sorted.length * share))
  return sorted[rank - 1] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = sort(values)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** p50, p99 and the greatest of latencies, named with `prefix` in front. */
export function latencyMetrics(prefix: string, latenciesMs: readonly number[]): Record<string, number> {
  const sorted = sort(latenciesMs)
  return {
    [`${prefix}p50_ms`]: percentile(sorted, 0.5),
    [`${prefix}p99_ms`]: percentile(sorted, 0.99),
    [`${prefix}max_ms`]: sorted.at(-1) ?? Number.NaN,
  }
}

function sort(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}
