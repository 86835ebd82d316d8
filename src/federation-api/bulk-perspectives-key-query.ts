import { federationEndpoint } from '../http/endpoint.ts'
import { preSerialized } from '../http/reply.ts'
import { MatrixError } from '../matrix/errors.ts'
import type { Services } from '../services.ts'

/** Each server may have to be asked: who wants to know about more comes again. */
const SERVERS_MAX = 250

/** `POST /_matrix/key/v2/query`: the same for many servers, and for certain keys of them if they are named. */
export function bulkPerspectivesKeyQuery({ notary }: Pick<Services, 'notary'>) {
  return federationEndpoint('bulkPerspectivesKeyQuery', async ({ body }) => {
    const wishes = Object.entries(body.server_keys)
    if (wishes.length > SERVERS_MAX) throw new MatrixError('M_TOO_LARGE', `Ask about ${SERVERS_MAX} servers at once at most.`)
    const answers = await notary.query(wishes.map(([serverName, keys]) => ({
      serverName,
      keys: new Map(Object.entries(keys).map(([keyId, { minimum_valid_until_ts: validUntil }]) => [keyId, validUntil])),
    })))
    return preSerialized(`{"server_keys":[${answers.join(',')}]}`)
  })
}
