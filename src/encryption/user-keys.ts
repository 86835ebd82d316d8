import type { JsonObject } from '../matrix/json.ts'
import { withSignature } from '../matrix/signing.ts'
import type { CrossSigningKey, DeviceKeys } from '../spec/types.ts'
import type { Db } from '../store/database.ts'
import { listCrossSigningKeys, listKeySignatures } from '../store/encryption/cross-signing.ts'
import { listDeviceKeys } from '../store/encryption/device-keys.ts'

export type DeviceInformation = DeviceKeys & { readonly unsigned?: { readonly device_display_name?: string } }

/** What there is to know of the keys of one user. */
export interface UserKeys {
  readonly devices: Readonly<Record<string, DeviceInformation>>
  readonly master?: CrossSigningKey
  readonly selfSigning?: CrossSigningKey
  /** Only the user himself gets to see it. */
  readonly userSigning?: CrossSigningKey
}

interface Found {
  readonly only: ReadonlySet<string> | undefined
  readonly devices: [string, DeviceInformation][]
  master?: CrossSigningKey
  selfSigning?: CrossSigningKey
  userSigning?: CrossSigningKey
}

const USAGES = { master: 'master', self_signing: 'selfSigning', user_signing: 'userSigning' } as const

/**
 * The keys of users of this server. An empty list of device ids means all. Of the signatures on them only those by their
 * owner and by the reader are shown, so that they tell nobody who knows whom (Client-Server API, Cross-signing).
 */
export async function readUserKeys(
  db: Db, wanted: ReadonlyMap<string, readonly string[]>, reader?: string,
): Promise<(readonly [userId: string, keys: UserKeys])[]> {
  if (wanted.size === 0) return []
  const userIds = [...wanted.keys()]
  const [devices, crossKeys, signatures] = await Promise.all([
    listDeviceKeys(db, userIds), listCrossSigningKeys(db, userIds), listKeySignatures(db, userIds, reader),
  ])
  const bySigned = Map.groupBy(signatures, ({ user_id: userId, key_id: keyId }) => nameOf(userId, keyId))
  const sign = (key: JsonObject, userId: string, keyId: string): JsonObject => signed(key, bySigned.get(nameOf(userId, keyId)) ?? [])
  const found = new Map([...wanted].map(([userId, deviceIds]): [string, Found] => (
    [userId, { only: deviceIds.length === 0 ? undefined : new Set(deviceIds), devices: [] }]
  )))
  for (const { user_id: userId, device_id: deviceId, keys, display_name: name } of devices) {
    const user = found.get(userId)
    if (user === undefined || (user.only !== undefined && !user.only.has(deviceId))) continue
    const unsigned = name === null ? {} : { device_display_name: name }
    user.devices.push([deviceId, { ...sign(JSON.parse(keys), userId, deviceId), unsigned } as unknown as DeviceInformation])
  }
  for (const { user_id: userId, usage, key: text } of crossKeys) {
    const user = found.get(userId)
    if (user === undefined || (usage === 'user_signing' && userId !== reader)) continue
    const key = JSON.parse(text) as CrossSigningKey & JsonObject
    const [publicKey = ''] = Object.values(key.keys)
    user[USAGES[usage]] = sign(key, userId, publicKey) as unknown as CrossSigningKey
  }
  return [...found].map(([userId, { only: _, devices: known, ...cross }]) => [userId, { ...cross, devices: Object.fromEntries(known) }])
}

/** The same without the names that their owners gave to devices. */
export function withoutNames(
  users: readonly (readonly [userId: string, keys: UserKeys])[],
): (readonly [userId: string, keys: UserKeys])[] {
  return users.map(([userId, keys]) => {
    const devices = Object.entries(keys.devices).map(([deviceId, { unsigned: _, ...device }]) => [deviceId, device] as const)
    return [userId, { ...keys, devices: Object.fromEntries(devices) }]
  })
}

/** The keys of users of other servers with what the reader signed of them: their servers do not know of that. */
export async function withSignaturesBy(
  db: Db, reader: string, users: readonly (readonly [userId: string, keys: UserKeys])[],
): Promise<(readonly [userId: string, keys: UserKeys])[]> {
  if (users.length === 0) return []
  const bySigned = Map.groupBy(await listKeySignatures(db, users.map(([userId]) => userId), reader), ({ user_id: userId }) => userId)
  return users.map(([userId, keys]) => {
    const { master } = keys
    const made = (bySigned.get(userId) ?? []).filter((signature) => (
      master !== undefined && Object.hasOwn(master.keys, `ed25519:${signature.key_id}`)
    ))
    if (master === undefined || made.length === 0) return [userId, keys]
    return [userId, { ...keys, master: signed(master as CrossSigningKey & JsonObject, made) as unknown as CrossSigningKey }]
  })
}

type MadeSignature = Awaited<ReturnType<typeof listKeySignatures>>[number]

const signed = (object: JsonObject, made: readonly MadeSignature[]): JsonObject => made.reduce(
  (key, { signer_id: signer, signer_key_id: keyId, signature }) => withSignature(key, signer, { keyId, signature }), object,
)

const nameOf = (userId: string, keyId: string): string => `${userId}\0${keyId}`
