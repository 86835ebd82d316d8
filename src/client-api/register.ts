import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function register({ registration }: Pick<Services, 'registration'>) {
  return endpoint('register', ({ query, body }) =>
    query.kind === 'guest' ? registration.registerGuest(body) : registration.register(body))
}
