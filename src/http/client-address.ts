import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

type Origin = Pick<IncomingMessage, 'socket' | 'headers'>

/** Headers longer than this come from nobody's proxy. */
const FORWARDED_LENGTH_MAX = 1000

/**
 * The address of the client behind the proxies that the operator trusts: the last one in X-Forwarded-For that is not
 * such a proxy. What stands before it was written by the client itself.
 */
export function createClientAddress(trustedProxies: readonly string[]): (origin: Origin) => string {
  const trusted = blockListOf(trustedProxies)
  const isTrusted = (address: string) => trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  return ({ socket, headers }) => {
    const peer = normalAddress(socket.remoteAddress ?? '') ?? ''
    const forwarded = headers['x-forwarded-for']
    if (forwarded === undefined) return peer
    if (typeof forwarded !== 'string' || forwarded.length > FORWARDED_LENGTH_MAX || peer === '' || !isTrusted(peer)) return peer
    let nearest = peer
    for (const part of forwarded.split(',').reverse()) {
      const address = normalAddress(part.trim())
      if (address === undefined) return nearest
      nearest = address
      if (!isTrusted(address)) return address
    }
    return nearest
  }
}

/** Who owns an IPv6 address owns the whole /64 around it, so limits count that. */
export function addressBlock(address: string): string {
  if (!isIPv6(address)) return address
  return ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString()
}

/** An IPv4 address that came over an IPv6 socket is written as the IPv4 address it is. */
function normalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  return isIPv6(text) ? ipaddr.process(text).toString() : undefined
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
