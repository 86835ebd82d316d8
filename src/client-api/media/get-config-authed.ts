import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getConfigAuthed({ media }: Pick<Services, 'media'>) {
  return endpoint('getConfigAuthed', () => Promise.resolve({ 'm.upload.size': media.uploadBytesMax }))
}
