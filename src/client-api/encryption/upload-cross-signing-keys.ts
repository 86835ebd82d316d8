import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { PASSWORD_FLOW } from '../../users/uia.ts'

/** `POST /keys/device_signing/upload`: a user publishes cross-signing keys. Specification: Client-Server API, Cross-signing. */
export function uploadCrossSigningKeys({ encryption, userInteractiveAuth }: Pick<Services, 'encryption' | 'userInteractiveAuth'>) {
  return endpoint('uploadCrossSigningKeys', async ({ body: { auth, ...upload }, requester }) => {
    const mayReplace = await encryption.crossSigning.replaces(requester, upload)
    if (mayReplace) {
      await userInteractiveAuth.require({ operation: 'uploadCrossSigningKeys', requester, flows: PASSWORD_FLOW, auth })
    }
    await encryption.crossSigning.upload(requester, { ...upload, mayReplace })
    return {}
  })
}
