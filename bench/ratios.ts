// Medians of several runs of two servers, and how many times better the first is.
import type { Row } from './measure.ts'
import { median } from './stats.ts'
import { formatNumber } from './table.ts'

export interface Comparison {
  readonly workload: string
  readonly case: string
  readonly metric: string
  readonly ours: Spread
  readonly theirs: Spread
  /** Above 1 where ours is better: more of a rate, less of anything else. */
  readonly ratio: number
  readonly voidRuns: number
  readonly errors: number
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly runs: number
}

// Figures that describe the measurement rather than the server.
const notCompared = new Set(['waiting', 'max_ms'])

export function compareRuns(ourRuns: readonly (readonly Row[])[], theirRuns: readonly (readonly Row[])[]): Comparison[] {
  const keys = new Map(ourRuns.flat().map((row) => [`${row.workload}\n${row.case}`, row]))
  return [...keys.values()].flatMap((row) => {
    const ours = ourRuns.flat().filter((other) => isSameCase(row, other))
    const theirs = theirRuns.flat().filter((other) => isSameCase(row, other))
    const voidRuns = [...ours, ...theirs].filter((other) => other.isVoid).length
    const errors = [...ours, ...theirs].reduce((sum, other) => sum + other.errors, 0)
    return Object.keys(row.metrics).filter((metric) => !notCompared.has(metric)).map((metric) => {
      const spreads = { ours: spread(ours, metric), theirs: spread(theirs, metric) }
      const quotient = spreads.theirs.median / spreads.ours.median
      const ratio = metric === 'per_s' ? 1 / quotient : quotient
      return { workload: row.workload, case: row.case, metric, ...spreads, ratio, voidRuns, errors }
    })
  })
}

function isSameCase(one: Row, other: Row): boolean {
  return one.workload === other.workload && one.case === other.case
}

/** A row whose driver took too much CPU says nothing, so it is left out. */
function spread(rows: readonly Row[], metric: string): Spread {
  const values = rows.filter((row) => !row.isVoid).map((row) => row.metrics[metric] ?? Number.NaN)
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), runs: values.length }
}

export function formatMarkdown(comparisons: readonly Comparison[], [ours, theirs]: readonly [string, string]): string {
  const lines = comparisons.map((row) => {
    const remark = [row.voidRuns > 0 ? `${row.voidRuns} void` : '', row.errors > 0 ? `${row.errors} errors` : ''].filter(Boolean)
    const ratio = `${formatNumber(row.ratio)}×`
    const cells = [`${row.workload}, ${row.case}`, row.metric, formatSpread(row.ours), formatSpread(row.theirs), ratio]
    return [...cells, remark.join(', ')]
  })
  const header = ['case', 'figure', `${ours} (min–max)`, `${theirs} (min–max)`, 'better by', 'remark']
  return [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function formatSpread({ median: middle, min, max }: Spread): string {
  return `${formatNumber(middle)} (${formatNumber(min)}–${formatNumber(max)})`
}
