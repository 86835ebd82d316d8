import { isIP, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import type { Clock } from '../util/clock.ts'
import { messageOf } from '../util/message-of.ts'
import { isAllowedAddress, type AddressRules } from './addresses.ts'
import type { Network } from './network.ts'
import { RequestFault } from './outcome.ts'

export interface Dialling extends AddressRules {
  readonly network: Network
  readonly clock: Clock
  readonly secureContext: SecureContext
  readonly verifyTls: boolean
}

/** Where a connection goes. The certificate may have to bear another name than the one that is looked up. */
export interface Endpoint {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  /** The name or address in the certificate; undefined for a connection without TLS. */
  readonly certificateName: string | undefined
}

const CONNECT_MS = 10_000
/** When several addresses are known, the next one is not kept waiting for long. */
const ATTEMPT_MS = 3_000

/**
 * Opens a connection to an address that was checked, to that very address: a name that means something else when it is
 * asked for again changes nothing. Throws a RequestFault.
 */
export async function dial(dialling: Dialling, endpoint: Endpoint): Promise<Socket> {
  const addresses = await listAllowedAddresses(dialling, endpoint.host)
  const socket = await connectToOne(dialling, addresses, endpoint)
  if (endpoint.certificateName === undefined) return socket
  return secure(dialling, socket, endpoint, endpoint.certificateName)
}

async function listAllowedAddresses({ network, ...rules }: Dialling, host: string): Promise<readonly string[]> {
  const addresses = isIP(host) === 0 ? await findAddresses(network, host) : [host]
  if (addresses.length === 0) throw new RequestFault('name', `${host} has no address.`)
  const allowed = addresses.filter((address) => isAllowedAddress(address, rules))
  if (allowed.length > 0) return allowed
  throw new RequestFault('address', `${host} is at ${addresses.join(', ')}, which is no address of the public internet.`)
}

async function findAddresses(network: Network, name: string): Promise<readonly string[]> {
  try {
    return await network.findAddresses(name)
  } catch (error) {
    throw new RequestFault('name', `The address of ${name} cannot be found out: ${messageOf(error)}.`)
  }
}

async function connectToOne(dialling: Dialling, addresses: readonly string[], { host, port }: Endpoint): Promise<Socket> {
  const problems: string[] = []
  for (const [index, address] of addresses.entries()) {
    const timeoutMs = index === addresses.length - 1 ? CONNECT_MS : ATTEMPT_MS
    const socket = dialling.network.connect(address, port)
    const problem = await untilReady(socket, 'connect', timeoutMs, dialling.clock)
    if (problem === undefined) return socket
    problems.push(`${isIP(address) === 6 ? `[${address}]` : address}:${port} ${describe(problem)}`)
  }
  throw new RequestFault('connection', `${host} cannot be connected to: ${problems.join('; ')}.`)
}

async function secure(dialling: Dialling, socket: Socket, { host }: Endpoint, name: string): Promise<TLSSocket> {
  const secured = connectTls({
    socket,
    host: name,
    // A server name indication is for names alone (RFC 6066, section 3).
    servername: isIP(name) === 0 ? name : '',
    secureContext: dialling.secureContext,
    rejectUnauthorized: dialling.verifyTls,
    ALPNProtocols: ['http/1.1'],
  })
  const problem = await untilReady(secured, 'secureConnect', CONNECT_MS, dialling.clock)
  if (problem === undefined) return secured
  const place = host === name ? name : `${host}, which stands for ${name},`
  if (isAboutCertificate(problem)) throw new RequestFault('certificate', `${place} has no good certificate: ${problem.message}.`)
  throw new RequestFault('connection', `${place} does not speak TLS: ${describe(problem)}.`)
}

/** Resolves with the error if the socket does not become ready; then it is destroyed. */
async function untilReady(
  socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number, clock: Clock,
): Promise<NodeJS.ErrnoException | undefined> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>()
  const cancel = clock.setTimer(timeoutMs, () => resolve(new Error(`did not answer within ${timeoutMs / 1000} s`)))
  const onEnd = () => resolve(new Error('hung up'))
  socket.once(event, () => resolve(undefined)).once('error', resolve).once('close', onEnd)
  const problem = await promise
  cancel()
  socket.off('close', onEnd)
  if (problem === undefined) socket.off('error', resolve)
  else socket.on('error', () => undefined).destroy()
  return problem
}

/** What OpenSSL and Node say of certificates: `CERT_…`, `…_CERT…`, `ERR_TLS_CERT_ALTNAME_INVALID`. */
function isAboutCertificate({ code = '' }: NodeJS.ErrnoException): boolean {
  return code.includes('CERT') || code.includes('ISSUER') || code.includes('SIGNATURE')
}

function describe({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'refused the connection'
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') return 'cannot be reached from here'
  return message
}
