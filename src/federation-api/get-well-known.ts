import { federationEndpoint } from '../http/endpoint.ts'
import { jsonReply } from '../http/reply.ts'
import { notFound } from '../matrix/errors.ts'
import type { Services } from '../services.ts'

/** `GET /.well-known/matrix/server`: where other servers find the one behind its name. */
export function getWellKnown({ config }: Pick<Services, 'config'>) {
  return federationEndpoint('getWellKnown', async () => {
    if (!config.wellKnown.serve || !config.federation.enabled) throw notFound('This server does not say where it is.')
    const { hostname, port, protocol } = new URL(config.publicBaseurl)
    const delegated = { 'm.server': `${hostname}:${port === '' ? DEFAULT_PORTS.get(protocol) : port}` }
    // It is for everybody, and servers that may not keep it would ask before each request.
    return jsonReply(200, delegated, { 'cache-control': 'public, max-age=3600' })
  })
}

const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([['https:', '443'], ['http:', '80']])
