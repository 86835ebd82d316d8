import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `POST /keys/signatures/upload`: a user signs keys. Specification: Client-Server API, Cross-signing. */
export function uploadCrossSigningSignatures({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('uploadCrossSigningSignatures', async ({ body, requester }) => (
    { failures: await encryption.crossSigning.uploadSignatures(requester, body) }
  ))
}
