/** The auth events of an event, or undefined for an event that we do not have. */
export type FindAuthEvents = (eventId: string) => readonly string[] | undefined

/**
 * The events themselves and all that their auth events lead to (each room version, State resolution, Auth chain). Without
 * recursion: how long a chain is, other servers decide. What is in `stopAt` is neither returned nor walked through.
 */
export function authChain(eventIds: Iterable<string>, findAuthEvents: FindAuthEvents, stopAt?: ReadonlySet<string>): Set<string> {
  const chain = new Set<string>()
  const waiting = [...eventIds]
  for (let eventId = waiting.pop(); eventId !== undefined; eventId = waiting.pop()) {
    if (chain.has(eventId) || stopAt?.has(eventId) === true) continue
    chain.add(eventId)
    for (const authEvent of findAuthEvents(eventId) ?? []) {
      if (!chain.has(authEvent)) waiting.push(authEvent)
    }
  }
  return chain
}

/**
 * The events that are in the full auth chain of some state but not of all. A state's own events count to its chain: the
 * definition in the specification leaves them out, but Synapse, which most servers run, does not, and agreeing with them
 * about the state matters more here than the letter. It can matter where an event that all states have authorises others
 * in only some of them; the conflicted ones are added right after anyway.
 */
export function authDifference(states: readonly Iterable<string>[], findAuthEvents: FindAuthEvents): Set<string> {
  const sets = states.map((state) => new Set(state))
  const [first = new Set<string>(), ...others] = sets
  const shared = [...first].filter((eventId) => others.every((other) => other.has(eventId)))
  // What the states share is in every chain with all that it leads to, so only the rest is walked once for each state.
  const common = authChain(shared, findAuthEvents)
  const chains = sets.map((set) => authChain(set, findAuthEvents, common))
  const difference = new Set<string>()
  for (const chain of chains) {
    for (const eventId of chain) {
      if (!chains.every((other) => other.has(eventId))) difference.add(eventId)
    }
  }
  return difference
}

/**
 * The conflicted state subgraph (room version 12, State resolution, Definitions): all events on paths of auth events from
 * one conflicted event to another, ends included.
 */
export function conflictedSubgraph(conflicted: ReadonlySet<string>, findAuthEvents: FindAuthEvents): Set<string> {
  const citedBy = new Map<string, string[]>()
  for (const eventId of authChain(conflicted, findAuthEvents)) {
    for (const authEvent of findAuthEvents(eventId) ?? []) {
      const citing = citedBy.get(authEvent)
      if (citing === undefined) citedBy.set(authEvent, [eventId])
      else citing.push(eventId)
    }
  }
  // All that was walked comes from a conflicted event; back from the conflicted ones is what also leads to one.
  return authChain(conflicted, (eventId) => citedBy.get(eventId))
}
