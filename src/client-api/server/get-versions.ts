import { endpoint } from '../../http/endpoint.ts'
import { listEncryptedPresets, type Preset } from '../../rooms/creation/presets.ts'
import type { Services } from '../../services.ts'
import { unservedOperations } from '../../spec/unserved.ts'
import { servedVersions } from '../../spec/versions.ts'

type OperationId = Parameters<typeof endpoint>[0]

/** Names under which clients still ask whether the server can do what has long been specified, and what each needs. */
const FEATURES: Readonly<Record<string, readonly OperationId[]>> = {
  'org.matrix.e2e_cross_signing': ['uploadCrossSigningKeys', 'uploadCrossSigningSignatures'],
  'org.matrix.msc2285.stable': ['postReceipt'],
  'org.matrix.msc3440.stable': ['getThreadRoots', 'getRelatingEvents'],
  'org.matrix.msc3771': ['postReceipt'],
  'org.matrix.msc3773': ['defineFilter', 'sync'],
  'org.matrix.msc3827.stable': ['queryPublicRooms'],
  'org.matrix.msc3814': ['getDehydratedDevice', 'putDehydratedDevice', 'getDehydratedDeviceEvents'],
  'org.matrix.msc3916.stable': ['getContentAuthed', 'getContentThumbnailAuthed', 'getConfigAuthed'],
  'org.matrix.msc3981': ['getRelatingEvents'],
  'org.matrix.msc4222': ['sync'],
  'uk.half-shot.msc2666.query_mutual_rooms': ['getMutualRooms'],
  'uk.half-shot.msc2666.query_mutual_rooms.stable': ['getMutualRooms'],
  'uk.tcpip.msc4133.stable': ['getProfileField', 'setProfileField', 'deleteProfileField'],
}

const PRESET_FEATURES: Readonly<Record<string, Preset>> = {
  'io.element.e2ee_forced.private': 'private_chat',
  'io.element.e2ee_forced.public': 'public_chat',
  'io.element.e2ee_forced.trusted_private': 'trusted_private_chat',
}

/** `GET /versions`: a version or a feature is named once everything that clients use because of it is served. */
export function getVersions({ config }: Pick<Services, 'config'>) {
  const unserved: readonly string[] = unservedOperations.client
  const versions = [...servedVersions(unserved)]
  const features = Object.entries(FEATURES).map(([name, needs]) => [name, !needs.some((id) => unserved.includes(id))])
  return endpoint('getVersions', async () => {
    const encrypted: readonly string[] = listEncryptedPresets(config.encryption.defaultForRooms)
    // Whether a room is encrypted even if its creator does not want it, by what clients call the presets.
    const forced = Object.entries(PRESET_FEATURES).map(([name, preset]) => [name, encrypted.includes(preset)])
    return { versions, unstable_features: Object.fromEntries([...features, ...forced]) }
  })
}
