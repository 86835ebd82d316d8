import { endpoint } from '../../http/endpoint.ts'
import { uploadOf } from '../../http/upload-of.ts'
import type { Services } from '../../services.ts'

export function uploadContentToMXC({ media }: Pick<Services, 'media'>) {
  return endpoint('uploadContentToMXC', async ({ params, query, body, requester }) => {
    await media.complete(requester.user, params, uploadOf(body, query.filename))
    return {}
  })
}
