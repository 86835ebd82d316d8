import { endpoint } from '../../http/endpoint.ts'
import { frozenMedia } from '../../media/legacy-freeze.ts'

export function getContentOverrideName() {
  return endpoint('getContentOverrideName', () => Promise.reject(frozenMedia()))
}
