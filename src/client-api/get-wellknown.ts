import { endpoint } from '../http/endpoint.ts'
import { notFound } from '../matrix/errors.ts'
import type { Services } from '../services.ts'

/** `GET /.well-known/matrix/client`: where clients find the server behind its name. */
export function getWellknown({ config }: Pick<Services, 'config'>) {
  return endpoint('getWellknown', async () => {
    if (!config.wellKnown.serve) throw notFound('This server does not say where it is.')
    return { 'm.homeserver': { base_url: config.publicBaseurl } }
  })
}
