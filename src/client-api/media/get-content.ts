import { endpoint } from '../../http/endpoint.ts'
import { frozenMedia } from '../../media/legacy-freeze.ts'

export function getContent() {
  return endpoint('getContent', () => Promise.reject(frozenMedia()))
}
