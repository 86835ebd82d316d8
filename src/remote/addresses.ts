import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Where requests may go. */
export interface AddressRules {
  /** Whether networks of one's own count as well: this machine, private networks, those of carriers. */
  readonly allowPrivateAddresses: boolean
}

const OWN_NETWORKS: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat', 'unspecified'])

/** Addresses within private networks at which clouds tell a machine its secrets; the usual one is link-local anyway. */
const METADATA: ReadonlySet<string> = new Set(['100.100.100.200', 'fd00:ec2::254'])

/** All that was ever given out to the public of IPv6. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')

const NAT64_PREFIX = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

/**
 * Whether a request may go to an address, judged by its bits: what is written in another form, or is an IPv4 address
 * within an IPv6 one, is the same place. Text that is no address may not be connected to.
 */
export function isAllowedAddress(text: string, { allowPrivateAddresses }: AddressRules): boolean {
  if (isIP(text) === 0) return false
  const address = innerAddress(ipaddr.parse(text))
  if (METADATA.has(address.toString())) return false
  const range = address.range()
  if (OWN_NETWORKS.has(range)) return allowPrivateAddresses
  return range === 'unicast' && (address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6))
}

/** Networks that speak IPv6 alone reach IPv4 through such addresses (RFC 6052), and some systems write IPv4 so. */
function innerAddress(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address instanceof ipaddr.IPv4) return address
  if (!address.isIPv4MappedAddress() && !address.match(NAT64_PREFIX)) return address
  return new ipaddr.IPv4(address.toByteArray().slice(12))
}
