import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** The older path of getConfigAuthed, which clients still ask. */
export function getConfig({ media }: Pick<Services, 'media'>) {
  return endpoint('getConfig', () => Promise.resolve({ 'm.upload.size': media.uploadBytesMax }))
}
