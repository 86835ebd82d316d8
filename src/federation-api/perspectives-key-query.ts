import { federationEndpoint } from '../http/endpoint.ts'
import { preSerialized } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/key/v2/query/{serverName}`: what a server published about its keys, with our signature besides its own. */
export function perspectivesKeyQuery({ notary }: Pick<Services, 'notary'>) {
  return federationEndpoint('perspectivesKeyQuery', async ({ params, query }) => {
    const answers = await notary.query([
      { serverName: params.serverName, keys: new Map(), validUntil: query.minimum_valid_until_ts },
    ])
    return preSerialized(`{"server_keys":[${answers.join(',')}]}`)
  })
}
