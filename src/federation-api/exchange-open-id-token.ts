import { federationEndpoint } from '../http/endpoint.ts'
import { MatrixError } from '../matrix/errors.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/openid/userinfo`: whose token it is that somebody was shown. Server-Server API, OpenID. */
export function exchangeOpenIdToken({ openIdTokens }: Pick<Services, 'openIdTokens'>) {
  return federationEndpoint('exchangeOpenIdToken', async ({ query }) => {
    const userId = await openIdTokens.findOpenIdUser(query.access_token)
    if (userId === undefined) throw new MatrixError('M_UNKNOWN_TOKEN', 'The token is not known, or its time is over.')
    return { sub: userId }
  })
}
