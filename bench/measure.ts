// One row of the report: what a workload measured, with the CPU that driver, server and PostgreSQL spent meanwhile.
import { availableParallelism } from 'node:os'
import { sleep } from './parallel.ts'
import { readServerUsage } from './processes.ts'
import type { Fixtures } from './fixtures.ts'
import type { Homeserver } from './homeserver.ts'
import type { Settings } from './settings.ts'

export interface Row {
  readonly workload: string
  readonly case: string
  readonly metrics: Readonly<Record<string, number>>
  readonly errors: number
  /** The driver's share of the machine's whole CPU while it measured. */
  readonly driverShare: number
  readonly isVoid: boolean
}

export interface Outcome {
  readonly metrics: Record<string, number>
  /** How many operations the CPU spent is divided by. */
  readonly operations: number
  readonly errors: number
}

/** What every workload is handed. */
export interface Bench {
  readonly server: Homeserver
  readonly fixtures: Fixtures
  readonly settings: Settings
}

export type Workload = (bench: Bench) => Promise<Row[]>

/** Above this the driver itself slows the server that it measures, and the row says nothing. */
const driverShareMax = 0.35

export async function measure(
  { settings }: { readonly settings: WatchedProcesses },
  row: Pick<Row, 'workload' | 'case'>,
  run: () => Promise<Outcome>,
): Promise<Row> {
  const serverBefore = readUsage(settings)
  const driverBefore = process.cpuUsage()
  const startedMs = performance.now()
  const { metrics, operations, errors } = await run()
  const tookMs = performance.now() - startedMs
  const { user, system } = process.cpuUsage(driverBefore)
  const serverAfter = readUsage(settings)
  const driverShare = (user + system) / 1000 / tookMs / availableParallelism()
  const cpu: Record<string, number> = {}
  if (serverBefore !== undefined && serverAfter !== undefined) {
    cpu.server_cpu_ms_per_op = (serverAfter.server.cpuMs - serverBefore.server.cpuMs) / operations
    cpu.postgres_cpu_ms_per_op = (serverAfter.postgres.cpuMs - serverBefore.postgres.cpuMs) / operations
  }
  return { ...row, metrics: { ...metrics, ...cpu }, errors, driverShare, isVoid: driverShare > driverShareMax }
}

/** Where CPU and memory are read. */
export type WatchedProcesses = Pick<Settings, 'pid' | 'postgresPid'>

export function readUsage({ pid, postgresPid }: WatchedProcesses): ReturnType<typeof readServerUsage> | undefined {
  return pid === undefined ? undefined : readServerUsage(pid, postgresPid)
}

/** Waits until the server has done what it was asked for: until it uses less than a fifth of a core. */
export async function waitUntilQuiet(settings: WatchedProcesses, timeoutMs = 300_000): Promise<void> {
  const windowMs = 2000
  const startedMs = performance.now()
  const readCpuMs = () => {
    const usage = readUsage(settings)
    return usage === undefined ? 0 : usage.server.cpuMs + usage.postgres.cpuMs
  }
  for (let before = readCpuMs(); performance.now() - startedMs < timeoutMs;) {
    await sleep(windowMs)
    const after = readCpuMs()
    if (after - before < windowMs / 5) return
    before = after
  }
}
