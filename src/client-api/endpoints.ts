import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { accountEndpoints } from './accounts/endpoints.ts'
import { administrationEndpoints } from './administration/endpoints.ts'
import { appserviceEndpoints } from './appservices/endpoints.ts'
import { encryptionEndpoints } from './encryption/endpoints.ts'
import { eventEndpoints } from './events/endpoints.ts'
import { keyBackupEndpoints } from './key-backups/endpoints.ts'
import { mediaEndpoints } from './media/endpoints.ts'
import { memberEndpoints } from './members/endpoints.ts'
import { pushRuleEndpoints } from './push-rules/endpoints.ts'
import { roomEndpoints } from './rooms/endpoints.ts'
import { serverEndpoints } from './server/endpoints.ts'
import { syncEndpoints } from './sync/endpoints.ts'
import { userEndpoints } from './users/endpoints.ts'

/** Every operation of the specification that clients are served. */
export const clientEndpoints: readonly ((services: Services) => Endpoint)[] = [
  ...serverEndpoints,
  ...accountEndpoints,
  ...userEndpoints,
  ...pushRuleEndpoints,
  ...encryptionEndpoints,
  ...keyBackupEndpoints,
  ...roomEndpoints,
  ...memberEndpoints,
  ...eventEndpoints,
  ...mediaEndpoints,
  ...appserviceEndpoints,
  ...administrationEndpoints,
  ...syncEndpoints,
]
