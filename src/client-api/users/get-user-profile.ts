import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getUserProfile({ profiles }: Pick<Services, 'profiles'>) {
  return endpoint('getUserProfile', ({ params }) => profiles.get(params.userId))
}
