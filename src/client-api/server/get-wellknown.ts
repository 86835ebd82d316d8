import type { Config } from '../../config/config.ts'
import { endpoint } from '../../http/endpoint.ts'
import { notFound } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

/** `GET /.well-known/matrix/client`: where clients find the server behind its name. */
export function getWellknown({ config }: Pick<Services, 'config'>) {
  return endpoint('getWellknown', async () => {
    if (!config.wellKnown.serve) throw notFound('This server does not say where it is.')
    const encryption = describeEncryption(config.encryption.clients)
    return {
      'm.homeserver': { base_url: config.publicBaseurl },
      ...(Object.keys(encryption).length === 0 ? {} : { 'io.element.e2ee': encryption }),
    }
  })
}

/** What is as clients take it to be need not be said. */
function describeEncryption({ default: isDefault, forceDisable, secureBackupRequired }: Config['encryption']['clients']) {
  return {
    ...(isDefault ? {} : { default: false }), ...(forceDisable ? { force_disable: true } : {}),
    ...(secureBackupRequired ? { secure_backup_required: true } : {}),
  }
}
