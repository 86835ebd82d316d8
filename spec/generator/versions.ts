import { HEADER, printString } from './print.ts'

export interface Gate {
  /** Operations that clients call, or rely on, only where the version is in `/versions`. */
  readonly operations: readonly string[]
  /** Fields likewise, as `operationId/part/name/…` with `*` for any member. */
  readonly fields: readonly string[]
}

/** `versions.ts`: what clients gate on each version of the specification. */
export function printVersions(gates: Readonly<Record<string, Gate>>): string {
  const rows = Object.entries(gates).map(([version, { operations }]) =>
    `  [${printString(version)}, [${operations.map(printString).join(', ')}]],\n`)
  return `${HEADER}import type { clientOperations } from './operations.ts'

type OperationId = keyof typeof clientOperations

/**
 * Each version with the operations that clients use because it is in \`/versions\`, and would otherwise do without. An
 * operation that clients try in any case, and take an M_UNRECOGNIZED of as an answer, is not among them.
 */
const GATES: readonly (readonly [string, readonly OperationId[]])[] = [\n${rows.join('')}]

/** The versions up to the first one that has an operation in \`unserved\`: clients read a version as all those before it. */
export function servedVersions(unserved: readonly string[]): readonly string[] {
  const firstGap = GATES.findIndex(([, operations]) => operations.some((operationId) => unserved.includes(operationId)))
  return GATES.slice(0, firstGap < 0 ? GATES.length : firstGap).map(([version]) => version)
}
`
}
