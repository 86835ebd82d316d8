import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function registrationTokenValidity({ registration }: Pick<Services, 'registration'>) {
  return endpoint('registrationTokenValidity', async ({ query }) => ({
    valid: await registration.isTokenGood(query.token),
  }))
}
