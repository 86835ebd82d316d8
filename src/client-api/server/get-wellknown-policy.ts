import { endpoint } from '../../http/endpoint.ts'
import { notFound } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

/** `GET /.well-known/matrix/policy_server`: the key by which rooms know the policy server of this name. */
export function getWellknownPolicy({ config }: Pick<Services, 'config'>) {
  return endpoint('getWellknownPolicy', async () => {
    const { serve, policyServerKey } = config.wellKnown
    if (!serve || policyServerKey === undefined) throw notFound('There is no policy server of this name.')
    return { public_keys: { ed25519: policyServerKey } }
  })
}
