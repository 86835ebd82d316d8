import type { Random } from '../util/random.ts'
import type { ServiceRecord } from './network.ts'

/** More than these are not tried. */
const TRIED_MAX = 4

/**
 * SRV records in the order in which they are to be tried: by priority, and within one by chance, weighted (RFC 2782).
 * Without those that name nobody.
 */
export function orderServices(services: readonly ServiceRecord[], random: Random): readonly ServiceRecord[] {
  const priorities = [...new Set(services.map(({ priority }) => priority))].sort((a, b) => a - b)
  const ordered = priorities.flatMap((priority) => shuffle(services.filter((service) => service.priority === priority), random))
  return ordered.filter(({ name }) => name !== '' && name !== '.').slice(0, TRIED_MAX)
}

function shuffle(services: ServiceRecord[], random: Random): ServiceRecord[] {
  // Those of weight 0 come first, so that they are chosen only when the dice say nothing at all.
  const left = services.toSorted((a, b) => a.weight - b.weight)
  const ordered: ServiceRecord[] = []
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0)
    const die = random.bytes(4).readUInt32BE() % (total + 1)
    let sum = 0
    const at = left.findIndex(({ weight }) => (sum += weight) >= die)
    ordered.push(...left.splice(at, 1))
  }
  return ordered
}
