import { endpoint } from '../../http/endpoint.ts'
import { uploadOf } from '../../http/upload-of.ts'
import type { Services } from '../../services.ts'

export function uploadContent({ media }: Pick<Services, 'media'>) {
  return endpoint('uploadContent', async ({ query, body, requester }) => {
    return { content_uri: await media.upload(requester.user, uploadOf(body, query.filename)) }
  })
}
