import { BlockList, isIP, isIPv6 } from 'node:net'
import { isUserId } from '../matrix/ids.ts'
import { isServerName } from '../matrix/server-name.ts'
import { verifyKeyFromBase64 } from '../matrix/signing.ts'

/** Each answers what is wrong with a value, as the end of a sentence that begins with the key. */

export function notAServerName(value: string): string | undefined {
  if (/^https?:\/\//.test(value)) return `must be a name without "http://"; write ${value.replace(/^https?:\/\//, '').replace(/\/.*$/, '')}`
  return isServerName(value) ? undefined : 'must be a server name such as example.org or example.org:8448'
}

export function notAUserId(value: string): string | undefined {
  return isUserId(value) ? undefined : 'must be a user id such as @admin:example.org'
}

export function notAKeyId(value: string): string | undefined {
  return /^ed25519:[a-zA-Z0-9_]+$/.test(value) ? undefined : 'must be the id of a key, such as ed25519:a_xYz1'
}

export function notAPublicKey(value: string): string | undefined {
  return verifyKeyFromBase64(value) === undefined ? 'must be an Ed25519 key in Base64, 43 characters' : undefined
}

export function notABaseUrl(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return 'must be a URL such as https://matrix.example.org'
  if (url.search !== '' || url.hash !== '') return 'must be a URL without "?" and "#"'
  return undefined
}

export function notAWebUrl(value: string): string | undefined {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? undefined : 'must be a URL such as https://example.org/page'
}

export function notAPostgresUrl(value: string): string | undefined {
  if (URL.canParse(value) && /^postgres(?:ql)?:$/.test(new URL(value).protocol)) return undefined
  return 'must be a URL such as postgresql://user:password@127.0.0.1:5432/hearth'
}

export function notARedisUrl(value: string): string | undefined {
  return URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol) ? undefined : 'must be a URL such as redis://127.0.0.1:6379'
}

export function notAnAddress(value: string): string | undefined {
  return isIP(value) !== 0 || value === 'localhost'
    ? undefined
    : 'must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all'
}

export function notANetwork(value: string): string | undefined {
  const [address = '', bits, more] = value.split('/')
  const family = isIP(address)
  const isWhole = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
  return family !== 0 && isWhole && more === undefined ? undefined : 'must be an address or a network such as 127.0.0.1 or 10.0.0.0/8'
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
