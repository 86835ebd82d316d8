import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

const OF_ALL = [{ type: 'm.login.password' }, { type: 'm.login.token', get_login_token: true }]
const OF_APPLICATION_SERVICES = { type: 'm.login.application_service' }

/** The ways to log in (Client-Server API, GET /login). */
export function getLoginFlows({ appservices }: Pick<Services, 'appservices'>) {
  return endpoint('getLoginFlows', async () => ({ flows: appservices.all.length > 0 ? [...OF_ALL, OF_APPLICATION_SERVICES] : OF_ALL }))
}
