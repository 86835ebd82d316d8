import { compileGlob, type Glob } from './glob.ts'
import { ownValue, type JsonObject } from './json.ts'
import { parseServerName } from './server-name.ts'

/** An `m.room.server_acl` ready to be asked, made once for each such event. */
export interface ServerAcl {
  /** Whether the server may take part in the room. */
  allows(serverName: string): boolean
}

/** The ACL of an event's content; a room without such an event lets every server in. */
export function compileServerAcl(content: JsonObject | undefined): ServerAcl {
  if (content === undefined) return { allows: () => true }
  const allowed = matcherOf(content, 'allow')
  const denied = matcherOf(content, 'deny')
  const allowsIpLiterals = ownValue(content, 'allow_ip_literals') !== false
  return { allows: (serverName) => isAllowed(serverName, allowsIpLiterals, allowed, denied) }
}

/** The order of the rules is that of Client-Server API, m.room.server_acl; the port does not count. */
function isAllowed(
  serverName: string, allowsIpLiterals: boolean, allowed: (host: string) => boolean, denied: (host: string) => boolean,
): boolean {
  const parsed = parseServerName(serverName)
  if (parsed === undefined || (parsed.kind !== 'dns' && !allowsIpLiterals)) return false
  const host = parsed.host.toLowerCase()
  return !denied(host) && allowed(host)
}

/** Names without wildcards, which long lists mostly have, are looked up; entries that are no strings match nothing. */
function matcherOf(content: JsonObject, key: string): (host: string) => boolean {
  const entries = ownValue(content, key)
  const texts = (Array.isArray(entries) ? entries : []).filter((entry) => typeof entry === 'string')
  const patterns = texts.map((text) => text.toLowerCase())
  const names = new Set(patterns.filter((pattern) => !isWild(pattern)))
  const globs: readonly Glob[] = patterns.filter(isWild).map(compileGlob)
  return (host) => names.has(host) || globs.some((glob) => glob.matches(host))
}

function isWild(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?')
}
