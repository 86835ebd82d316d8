const DNS_NAME = /^[0-9A-Za-z.-]{1,255}$/
const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/
const IPV6_CHARACTERS = /^[0-9A-Fa-f:.]{2,45}$/
const IPV6_GROUP = /^[0-9A-Fa-f]{1,4}$/
const PORT = /^\d{1,5}$/
const PORT_MAX = 65_535

export interface ServerName {
  /** As written; an IPv6 address keeps its brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly kind: 'dns' | 'ipv4' | 'ipv6'
}

/** The parts of a server name, or undefined if it is none (appendices, Server Name). */
export function parseServerName(name: string): ServerName | undefined {
  const bracket = name.lastIndexOf(']')
  const colon = name.indexOf(':', bracket === -1 ? 0 : bracket)
  const host = colon === -1 ? name : name.slice(0, colon)
  const portText = colon === -1 ? undefined : name.slice(colon + 1)
  if (portText !== undefined && !PORT.test(portText)) return undefined
  const port = portText === undefined ? undefined : Number(portText)
  const kind = kindOfHost(host)
  if (kind === undefined || (port !== undefined && port > PORT_MAX)) return undefined
  return { host, port, kind }
}

/** Whether the text is a server name by the grammar; it says nothing about whether the server can be reached. */
export function isServerName(name: string): boolean {
  return parseServerName(name) !== undefined
}

function kindOfHost(host: string): ServerName['kind'] | undefined {
  if (host.startsWith('[')) return host.endsWith(']') && isIpv6(host.slice(1, -1)) ? 'ipv6' : undefined
  if (IPV4.test(host)) return isIpv4(host) ? 'ipv4' : undefined
  // A name of dots and hyphens alone fits the grammar's characters, but no host can have it.
  return DNS_NAME.test(host) && /[0-9A-Za-z]/.test(host) ? 'dns' : undefined
}

function isIpv4(text: string): boolean {
  return IPV4.test(text) && text.split('.').every((part) => Number(part) <= 255)
}

/** RFC 3513, section 2.2: eight groups, or fewer with one `::`; the last two may be written as an IPv4 address. */
function isIpv6(text: string): boolean {
  if (!IPV6_CHARACTERS.test(text)) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  let groups = 0
  for (const [index, half] of halves.entries()) {
    if (half === '') continue
    const parts = half.split(':')
    const last = index === halves.length - 1 ? parts.at(-1) : undefined
    if (last?.includes('.')) {
      if (!isIpv4(last)) return false
      parts.pop()
      groups += 2
    }
    if (!parts.every((part) => IPV6_GROUP.test(part))) return false
    groups += parts.length
  }
  return halves.length === 2 ? groups <= 7 : groups === 8
}
