import type { Page } from './page.ts'
import { jsonReply, response } from './reply.ts'

/** Something that must be well for the server to do its work. */
export interface Probe {
  readonly name: string
  /** Why it is not well, in words for the operator, or undefined. */
  findFault(): Promise<string | undefined>
}

export interface Probes {
  /** Whether this process does the work, or waits to take it over and hands on what it is asked. */
  readonly role: 'owner' | 'standby'
  /** Whether this process can still work at all; a fault here asks for a restart. */
  readonly live: readonly Probe[]
  /** Whether requests should come here now. */
  readonly ready: readonly Probe[]
}

/** `/livez` and `/readyz`: 200, or 503 with the reasons. */
export function createProbePages({ role, live, ready }: Probes): Page[] {
  return [probePage('/livez', ['/health'], role, live), probePage('/readyz', [], role, ready)]
}

/** `/metrics` in the text format of Prometheus. */
export function createMetricsPage(metrics: { text(): Promise<string>, readonly contentType: string }): Page {
  return {
    method: 'GET',
    path: '/metrics',
    aliases: [],
    handle: async () => response({ headers: { 'content-type': metrics.contentType }, body: await metrics.text() }),
  }
}

function probePage(path: string, aliases: readonly string[], role: Probes['role'], probes: readonly Probe[]): Page {
  return {
    method: 'GET',
    path,
    aliases,
    async handle() {
      const faults = await Promise.all(probes.map(async (probe) => ({ name: probe.name, fault: await faultOf(probe) })))
      const reasons = faults.flatMap(({ name, fault }) => fault === undefined ? [] : [{ name, reason: fault }])
      return jsonReply(reasons.length === 0 ? 200 : 503, { ok: reasons.length === 0, role, reasons })
    },
  }
}

async function faultOf(probe: Probe): Promise<string | undefined> {
  try {
    return await probe.findFault()
  } catch (error) {
    return error instanceof Error ? error.message : 'It could not be asked.'
  }
}
