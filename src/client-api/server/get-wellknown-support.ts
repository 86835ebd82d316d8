import { endpoint } from '../../http/endpoint.ts'
import { jsonReply } from '../../http/reply.ts'
import { notFound } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

/** `GET /.well-known/matrix/support`: whom people ask for help. At least one of contacts and page is told. */
export function getWellknownSupport({ config }: Pick<Services, 'config'>) {
  return endpoint('getWellknownSupport', async () => {
    const { serve, support: { contacts, supportPage } } = config.wellKnown
    if (!serve || (contacts.length === 0 && supportPage === undefined)) throw notFound('This server does not say who looks after it.')
    const described = contacts.map(({ matrixId, emailAddress, role }) => ({ matrix_id: matrixId, email_address: emailAddress, role }))
    return jsonReply(200, { ...(described.length === 0 ? {} : { contacts: described }), support_page: supportPage })
  })
}
