import { Resolver, lookup } from 'node:dns/promises'
import { connect, type Socket } from 'node:net'

export interface ServiceRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** Port: names and connections, so that tests have an internet of their own. */
export interface Network {
  /** The IPv4 and IPv6 addresses of a name, none if there is no such name. Rejects when nobody answers the question. */
  findAddresses(name: string): Promise<readonly string[]>
  /** The SRV records of a name, none if there are none. Rejects when nobody answers the question. */
  findServices(name: string): Promise<readonly ServiceRecord[]>
  connect(address: string, port: number): Socket
}

/** Answers that say for sure that there is nothing. */
const NOTHING: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])
/** Machines without a name server may still know names, from a file. */
const NO_NAME_SERVER: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ESERVFAIL', 'EREFUSED'])

const LOOKUPS_AT_ONCE = 2

/**
 * The internet. DNS is asked directly: the system's own function blocks one of the few threads that files need as well,
 * so it is asked for what DNS does not know alone, by few at once.
 */
export function systemNetwork(): Network {
  const resolver = new Resolver({ timeout: 3000, tries: 2 })
  const lookUp = createSystemLookup()
  return {
    async findAddresses(name) {
      const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
      const found = answers.flatMap((answer) => answer.status === 'fulfilled' ? answer.value : [])
      if (found.length > 0) return found
      const codes = answers.flatMap((answer) => answer.status === 'rejected' ? [codeOf(answer.reason)] : [])
      if (codes.every((code) => NOTHING.has(code) || NO_NAME_SERVER.has(code))) return lookUp(name)
      throw new Error(`DNS gave no answer (${codes.join(', ')})`)
    },
    async findServices(name) {
      try {
        return await resolver.resolveSrv(name)
      } catch (error) {
        if (NOTHING.has(codeOf(error))) return []
        throw error
      }
    },
    connect: (host, port) => connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }),
  }
}

function createSystemLookup(): (name: string) => Promise<readonly string[]> {
  const turns = Array.from({ length: LOOKUPS_AT_ONCE }, () => Promise.resolve())
  let next = 0
  return async (name) => {
    const turn = next++ % LOOKUPS_AT_ONCE
    const answer = (turns[turn] ?? Promise.resolve()).then(() => lookup(name, { all: true }))
    turns[turn] = answer.then(() => undefined, () => undefined)
    try {
      return (await answer).map(({ address }) => address)
    } catch (error) {
      if (NOTHING.has(codeOf(error))) return []
      throw error
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
