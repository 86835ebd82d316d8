import { endpoint } from '../http/endpoint.ts'

/** The ways to log in (Client-Server API, GET /login). */
export function getLoginFlows() {
  return endpoint('getLoginFlows', async () => ({
    flows: [{ type: 'm.login.password' }, { type: 'm.login.token', get_login_token: true }],
  }))
}
