import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getProfileField({ profiles }: Pick<Services, 'profiles'>) {
  return endpoint('getProfileField', ({ params }) => profiles.getField(params.userId, params.keyName))
}
