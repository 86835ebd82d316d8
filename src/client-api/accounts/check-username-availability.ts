import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function checkUsernameAvailability({ registration }: Pick<Services, 'registration'>) {
  return endpoint('checkUsernameAvailability', async ({ query }) => {
    await registration.checkUsername(query.username)
    return { available: true }
  })
}
