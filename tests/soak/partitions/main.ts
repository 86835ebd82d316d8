// Three servers, cut off from each other and healed, once for each seed.
import { join } from 'node:path'
import { sleep } from '../../../bench/parallel.ts'
import { IslandProcess } from './island.ts'
import { playPartition, type PartitionReport } from './partition.ts'

/** Within this time the servers are to agree again. */
const EQUAL_WITHIN_MS = 60_000
const SERVERS = 3

export interface PartitionsOptions {
  readonly folder: string
  readonly count: number
  readonly changes: number
  readonly seed: number
  onProgress(line: string): void
}

/** Cuts three servers off from each other, once for each seed from the first on; whether all was well. */
export async function playPartitions({ folder, count, changes, seed, onProgress }: PartitionsOptions): Promise<boolean> {
  let isGood = true
  for (let each = seed; each < seed + count; each += 1) {
    const islands: IslandProcess[] = []
    for (let index = 0; index < SERVERS; index += 1) islands.push(await IslandProcess.start(join(folder, `seed-${each}`, `${index}`)))
    const readCpuMs = (): number => islands.reduce((sum, { process }) => sum + process.readCpuMs(), 0)
    let cpuMs = 0
    try {
      const report = await playPartition({
        islands, seed: each, changes, onProgress,
        cut: async () => void await Promise.all(islands.map(({ gate }) => gate.shut())),
        async heal() {
          cpuMs = readCpuMs()
          await Promise.all(islands.map(({ gate }) => gate.open()))
        },
        agreed: () => {
          cpuMs = readCpuMs() - cpuMs
        },
        wait: sleep,
        now: () => performance.now(),
      })
      const checks = await Promise.all(islands.map((island) => island.check(report.roomId)))
      const unsound = checks.filter(({ isSound }) => !isSound)
      for (const finding of [...report.findings, ...unsound.map(({ output }) => output)]) onProgress(finding)
      const isEqual = report.equalAfterMs !== undefined && report.equalAfterMs <= EQUAL_WITHIN_MS
      if (!isEqual || report.findings.length + unsound.length > 0) isGood = false
      onProgress(describe(each, report, { cpuMs, unsound: unsound.length }))
    } finally {
      for (const island of islands) await island.stop()
    }
  }
  return isGood
}

function describe(seed: number, report: PartitionReport, { cpuMs, unsound }: { readonly cpuMs: number, readonly unsound: number }): string {
  const { version, equalAfterMs, entries, compared, unseen, findings } = report
  const time = equalAfterMs === undefined ? 'never' : `${(equalAfterMs / 1000).toFixed(1)} s`
  return `seed ${seed}: version ${version}, equal after ${time} (CPU of all ${(cpuMs / 1000).toFixed(1)} s), ${entries} entries, `
    + `states compared at ${compared} events (${unseen} times one did not show it), ${findings.length} findings, ${unsound} rooms unsound`
}
