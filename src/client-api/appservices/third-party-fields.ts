/** Parameters by which a requester is known, and not what is asked for. */
const OF_THE_REQUEST: ReadonlySet<string> = new Set(['access_token', 'user_id', 'device_id', 'org.matrix.msc3202.device_id'])

/** The fields of a network that a client asks by: every other parameter of the query (Third-party Lookups). */
export function fieldsIn(query: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).flatMap(([name, value]) => (
    typeof value === 'string' && !OF_THE_REQUEST.has(name) ? [[name, value]] : []
  )))
}
