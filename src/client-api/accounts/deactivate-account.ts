import { endpoint } from '../../http/endpoint.ts'
import { MatrixError } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'
import { PASSWORD_FLOW } from '../../users/uia.ts'

export function deactivateAccount({ userInteractiveAuth, deactivation }: Pick<Services, 'userInteractiveAuth' | 'deactivation'>) {
  return endpoint('deactivateAccount', async ({ body, requester }) => {
    if (requester === undefined) throw new MatrixError('M_MISSING_TOKEN', 'An account can only be closed by who is logged in.')
    await userInteractiveAuth.require({ operation: 'deactivateAccount', requester, flows: PASSWORD_FLOW, auth: body.auth })
    await deactivation.deactivate(requester, body.erase ?? false)
    // Nothing is bound at an identity server, so nothing is left to unbind.
    return { id_server_unbind_result: 'success' as const }
  })
}
