import type { Row } from './measure.ts'

/** The rows as aligned text, one line a case with its figures by name. */
export function printRows(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.workload,
    row.case,
    Object.entries(row.metrics).map(([name, value]) => `${name}=${formatNumber(value)}`).join(' '),
    `errors=${row.errors} driver=${Math.round(row.driverShare * 100)}%${row.isVoid ? ' VOID: the driver took too much CPU' : ''}`,
  ])
  const widths = [0, 1].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines.map(([workload = '', name = '', ...rest]) =>
    `${workload.padEnd(widths[0] ?? 0)}  ${name.padEnd(widths[1] ?? 0)}  ${rest.join('  ')}`).join('\n')
}

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
