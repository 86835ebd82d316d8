import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function register({ registration }: Pick<Services, 'registration'>) {
  return endpoint('register', ({ query, body, accessToken }) => {
    if (body.type === 'm.login.application_service') return registration.registerForService(body, accessToken)
    return query.kind === 'guest' ? registration.registerGuest(body) : registration.register(body)
  })
}
