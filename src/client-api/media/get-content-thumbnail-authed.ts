import { endpoint } from '../../http/endpoint.ts'
import { fileReply } from '../../http/file-reply.ts'
import { invalidParam } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

export function getContentThumbnailAuthed({ media }: Pick<Services, 'media'>) {
  return endpoint('getContentThumbnailAuthed', async ({ params, query }) => {
    const { width, height, method = 'scale', animated = false, timeout_ms: timeoutMs } = query
    if (width < 1 || height < 1) throw invalidParam('A picture is at least one pixel wide and high.')
    const { path, contentType } = await media.findThumbnail(params, { width, height, method, animated, timeoutMs })
    return fileReply({ bytes: media.read(path), contentType, fileName: `thumbnail.${contentType.slice('image/'.length)}` })
  })
}
