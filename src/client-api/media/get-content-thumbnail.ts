import { endpoint } from '../../http/endpoint.ts'
import { frozenMedia } from '../../media/legacy-freeze.ts'

export function getContentThumbnail() {
  return endpoint('getContentThumbnail', () => Promise.reject(frozenMedia()))
}
