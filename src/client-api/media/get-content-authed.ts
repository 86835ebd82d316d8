import { endpoint } from '../../http/endpoint.ts'
import { fileReply } from '../../http/file-reply.ts'
import type { Services } from '../../services.ts'

export function getContentAuthed({ media }: Pick<Services, 'media'>) {
  return endpoint('getContentAuthed', async ({ params, query }) => {
    const file = await media.find(params, query.timeout_ms)
    return fileReply({ ...file, bytes: media.read(file.path) })
  })
}
