import type { Config } from '../config/config.ts'
import type { SharedRooms } from '../members/shared-rooms.ts'
import type { Db } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import type { Committer } from '../streams/committer.ts'
import type { Stream } from '../streams/stream.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Random } from '../util/random.ts'
import { claimKeys, type ClaimAnswer, type KeysClaim } from './claim-keys.ts'
import { DehydratedDevices } from './dehydrated-devices.ts'
import type { Device } from './device.ts'
import { DeviceLists, type DeviceListChanges } from './device-lists.ts'
import { EncryptionLog } from './encryption-log.ts'
import { KeyBackups } from './key-backups.ts'
import { KeyCounts } from './key-counts.ts'
import { listKeysChanges } from './keys-changes.ts'
import { KeysForServers, type DeviceNamesConfig } from './keys-for-servers.ts'
import { queryKeys, type KeysAnswer, type KeysQuery } from './query-keys.ts'
import type { RemoteKeys } from './remote-keys.ts'
import { ToDevice } from './to-device.ts'
import { replacesCrossSigning, uploadCrossSigning, type CrossSigningUpload, type KeyOwner } from './upload-cross-signing.ts'
import { uploadKeys, type KeysUpload } from './upload-keys.ts'
import { uploadSignatures, type SignatureFailures, type SignedKeys } from './upload-signatures.ts'

export interface EncryptionParts {
  readonly db: Db
  readonly stream: Stream
  readonly committer: Committer
  readonly names: Pick<Names, 'userIds' | 'findUser' | 'internUsers'>
  readonly sharedRooms: SharedRooms
  readonly remoteKeys: RemoteKeys
  readonly clock: Clock
  readonly log: Log
  readonly config: DeviceNamesConfig & { readonly encryption: Pick<Config['encryption'], 'toDevice'> }
  readonly random: Random
  readonly serverName: string
  /** Whether there is talk with a server. */
  readonly maySpeakTo: (serverName: string) => boolean
  /** The restore epoch, as it stands in tokens. */
  readonly epoch: number
}

/** Keys of devices, each operation as its own file describes it. */
export interface DeviceKeyring {
  upload(device: Device, upload: KeysUpload): Promise<Readonly<Record<string, number>>>
  /** For the user with this id. */
  query(reader: string, query: KeysQuery): Promise<KeysAnswer>
  claim(claim: KeysClaim): Promise<ClaimAnswer>
  listChanges(user: number, tokens: { readonly from: string, readonly to: string }): Promise<DeviceListChanges>
}

/** Keys with which users sign devices and each other, each operation as its own file describes it. */
export interface CrossSigning {
  replaces(owner: KeyOwner, upload: CrossSigningUpload): Promise<boolean>
  upload(owner: KeyOwner, upload: CrossSigningUpload & { readonly mayReplace: boolean }): Promise<void>
  uploadSignatures(signer: KeyOwner, signedKeys: SignedKeys): Promise<SignatureFailures>
}

export interface Encryption {
  readonly deviceKeys: DeviceKeyring
  readonly keysForServers: KeysForServers
  readonly crossSigning: CrossSigning
  readonly keyBackups: KeyBackups
  readonly keyCounts: KeyCounts
  readonly deviceLists: DeviceLists
  readonly toDevice: ToDevice
  readonly dehydratedDevices: DehydratedDevices
  readonly log: EncryptionLog
}

/** Everything that relays keys and messages between devices. */
export function buildEncryption(parts: EncryptionParts): Encryption {
  const deviceLists = new DeviceLists(parts)
  const toDevice = new ToDevice({ ...parts, limits: parts.config.encryption.toDevice })
  return {
    deviceKeys: {
      upload: (device, upload) => uploadKeys(parts, device, upload),
      query: (reader, query) => queryKeys(parts, reader, query),
      claim: (claim) => claimKeys(parts, claim),
      listChanges: (user, tokens) => listKeysChanges({ ...parts, deviceLists }, user, tokens),
    },
    crossSigning: {
      replaces: (owner, upload) => replacesCrossSigning(parts.db, owner, upload),
      upload: (owner, upload) => uploadCrossSigning(parts, owner, upload),
      uploadSignatures: (signer, signedKeys) => uploadSignatures(parts, signer, signedKeys),
    },
    keysForServers: new KeysForServers(parts),
    keyBackups: new KeyBackups(parts),
    keyCounts: new KeyCounts(parts),
    deviceLists,
    toDevice,
    log: new EncryptionLog(parts),
    dehydratedDevices: new DehydratedDevices({ ...parts, toDevice }),
  }
}
