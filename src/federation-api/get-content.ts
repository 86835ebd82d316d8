import { federationEndpoint } from '../http/endpoint.ts'
import { multipartReply } from '../http/multipart-reply.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/media/download/{mediaId}`: a file that a user of ours uploaded. */
export function getContent({ config, media }: Pick<Services, 'config' | 'media'>) {
  return federationEndpoint('getContent', async ({ params: { mediaId }, query }) => {
    const file = await media.find({ serverName: config.serverName, mediaId }, query.timeout_ms)
    return multipartReply({ ...file, bytes: media.read(file.path) })
  })
}
