import { federationEndpoint } from '../http/endpoint.ts'
import { multipartReply } from '../http/multipart-reply.ts'
import { invalidParam } from '../matrix/errors.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/media/thumbnail/{mediaId}`: a small form of a picture that a user of ours uploaded. */
export function getContentThumbnail({ config, media }: Pick<Services, 'config' | 'media'>) {
  return federationEndpoint('getContentThumbnail', async ({ params: { mediaId }, query }) => {
    const { width, height, method = 'scale', animated = false, timeout_ms: timeoutMs } = query
    if (width < 1 || height < 1) throw invalidParam('A picture is at least one pixel wide and high.')
    const name = { serverName: config.serverName, mediaId }
    const { path, contentType } = await media.findThumbnail(name, { width, height, method, animated, timeoutMs })
    return multipartReply({ bytes: media.read(path), contentType, fileName: `thumbnail.${contentType.slice('image/'.length)}` })
  })
}
