// CPU and memory of a server's processes from Linux' /proc. PostgreSQL is told apart by the name of its processes, so that an
// embedded one is not counted as the server's own.
import { readFileSync, readdirSync } from 'node:fs'

export interface Usage {
  readonly cpuMs: number
  readonly pssBytes: number
  readonly processes: number
}

export interface ServerUsage {
  readonly server: Usage
  readonly postgres: Usage
}

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly cpuMs: number
}

const msPerTick = 10

/** Sums over `pid` and its descendants; `postgresPid` names a PostgreSQL that is no child of the server. */
export function readServerUsage(pid: number, postgresPid?: number): ServerUsage {
  const processes = listProcesses()
  const tree = listTree(processes, pid)
  const outside = postgresPid === undefined ? [] : listTree(processes, postgresPid)
  const isPostgres = (process: ProcessStat) => process.name === 'postgres' || process.name === 'postmaster'
  return {
    server: sumUsage(tree.filter((process) => !isPostgres(process))),
    postgres: sumUsage([...tree.filter(isPostgres), ...outside]),
  }
}

function listProcesses(): ProcessStat[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => readStat(Number(name)) ?? [])
}

function readStat(pid: number): ProcessStat | undefined {
  const text = readProcFile(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name stands in parentheses and may hold spaces: the numbered fields begin behind the last one.
  const nameEnd = text.lastIndexOf(')')
  const fields = text.slice(nameEnd + 2).split(' ').map(Number)
  // utime, stime, and those of children that have ended (fields 14 to 17 of proc(5)).
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0)
  return { pid, parent: fields[1] ?? 0, name: text.slice(text.indexOf('(') + 1, nameEnd), cpuMs: ticks * msPerTick }
}

function listTree(processes: readonly ProcessStat[], root: number): ProcessStat[] {
  const found = processes.filter((process) => process.pid === root)
  for (const parent of found) found.push(...processes.filter((process) => process.parent === parent.pid))
  return found
}

function sumUsage(processes: readonly ProcessStat[]): Usage {
  return {
    cpuMs: processes.reduce((sum, process) => sum + process.cpuMs, 0),
    pssBytes: processes.reduce((sum, process) => sum + readPssBytes(process.pid), 0),
    processes: processes.length,
  }
}

function readPssBytes(pid: number): number {
  const text = readProcFile(`/proc/${pid}/smaps_rollup`)
  return Number(/^Pss:\s+(\d+) kB/m.exec(text ?? '')?.[1] ?? 0) * 1024
}

function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // The process ended between the listing and the reading.
    return undefined
  }
}
