import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { PASSWORD_FLOW } from '../../users/uia.ts'

export function generateLoginToken({ userInteractiveAuth, logins }: Pick<Services, 'userInteractiveAuth' | 'logins'>) {
  return endpoint('generateLoginToken', async ({ body, requester }) => {
    // The consent is asked for each time: a session of authentication is spent by one token.
    await userInteractiveAuth.require({ operation: 'generateLoginToken', requester, flows: PASSWORD_FLOW, auth: body.auth })
    return logins.issueLoginToken(requester.user)
  })
}
