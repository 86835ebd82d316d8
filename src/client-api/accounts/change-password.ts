import { endpoint } from '../../http/endpoint.ts'
import { MatrixError } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'
import { checkNewPassword } from '../../users/passwords.ts'
import { PASSWORD_FLOW } from '../../users/uia.ts'

type Parts = Pick<Services, 'userInteractiveAuth' | 'accounts' | 'sessions'>

export function changePassword({ userInteractiveAuth, accounts, sessions }: Parts) {
  return endpoint('changePassword', async ({ body, requester }) => {
    if (requester === undefined) throw new MatrixError('M_MISSING_TOKEN', 'A password can only be changed by who is logged in.')
    checkNewPassword(body.new_password)
    await userInteractiveAuth.require({ operation: 'changePassword', requester, flows: PASSWORD_FLOW, auth: body.auth })
    await accounts.setPassword(requester.user, body.new_password)
    if (body.logout_devices !== false) await sessions.end(requester.user, { except: requester.deviceId })
    return {}
  })
}
