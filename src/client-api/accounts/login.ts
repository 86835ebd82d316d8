import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function login({ logins }: Pick<Services, 'logins'>) {
  return endpoint('login', ({ body, accessToken }) => logins.login(body, accessToken))
}
