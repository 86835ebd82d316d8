import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function createContent({ media }: Pick<Services, 'media'>) {
  return endpoint('createContent', ({ requester }) => media.create(requester.user))
}
