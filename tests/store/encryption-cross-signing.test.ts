import { createHash } from 'node:crypto'
import t from 'tap'
import type { Device } from '../../src/encryption/device.ts'
import type { JsonObject } from '../../src/matrix/json.ts'
import type { CrossSigningKey } from '../../src/spec/types.ts'
import { signingKeyFromSeed, signJson, type SigningKey } from '../../src/matrix/signing.ts'
import { createEncryptionWorld, deviceKeysOf } from '../support/encryption-world.ts'
import { refusal } from '../support/refusal.ts'

/** What other servers tell of their users' master keys. */
const elsewhere = new Map<string, JsonObject>()
const world = await createEncryptionWorld(t, {
  query: (_server, wanted) => Promise.resolve({ ok: true, value: Object.fromEntries(Object.keys(wanted).flatMap((userId) => {
    const master = elsewhere.get(userId)
    return master === undefined ? [] : [[userId, { devices: {}, master: master as unknown as CrossSigningKey }]]
  })) }),
  claim: () => Promise.resolve({ ok: true, value: {} }),
})
const { stream, encryption: { crossSigning, deviceKeys, deviceLists } } = world

const seedOf = (name: string) => createHash('sha256').update(name).digest()

/** A key pair that is named by its public part, as cross-signing keys are. */
function keyPair(name: string): SigningKey {
  const key = signingKeyFromSeed('x', seedOf(name))
  return { ...key, keyId: `ed25519:${key.publicKey}` }
}

/** Everything that a user signs with, made of a name so that another name makes another set. */
function keySet({ userId }: Device, name = userId) {
  const [master, selfSigning, userSigning] = [keyPair(`${name} m`), keyPair(`${name} s`), keyPair(`${name} u`)]
  const object = (key: SigningKey, usage: string): JsonObject => ({ user_id: userId, usage: [usage], keys: { [key.keyId]: key.publicKey } })
  const upload = {
    master_key: object(master, 'master'),
    self_signing_key: signJson(object(selfSigning, 'self_signing'), userId, master),
    user_signing_key: signJson(object(userSigning, 'user_signing'), userId, master),
  }
  return { master, selfSigning, userSigning, upload }
}

/** A device whose keys are real ones. */
async function addDevice(localpart: string, deviceId: string): Promise<{ device: Device, key: SigningKey, keys: JsonObject }> {
  const device = await world.addDevice(localpart, deviceId)
  const key = signingKeyFromSeed(deviceId, seedOf(`${localpart} ${deviceId}`))
  const { signatures: _, ...unsigned } = deviceKeysOf(device, key.publicKey)
  const keys = signJson(unsigned, device.userId, key)
  await deviceKeys.upload(device, { device_keys: keys })
  return { device, key, keys }
}

const upload = (device: Device, keys: ReturnType<typeof keySet>['upload'], mayReplace = false) => (
  crossSigning.upload(device, { ...keys, mayReplace })
)

const signaturesOn = (key: object | undefined, userId: string): string[] => (
  Object.keys((key as { signatures?: Record<string, Record<string, string>> } | undefined)?.signatures?.[userId] ?? {}).toSorted()
)

t.test('The first keys are uploaded freely, the same again too, others only by who may', async (t) => {
  const { device } = await addDevice('alice', 'ALICE')
  const { upload: keys } = keySet(device)
  const from = stream.head()
  t.equal(await crossSigning.replaces(device, keys), false)
  await upload(device, keys)
  t.same(await deviceLists.changes(device.user, from, stream.head()), { changed: [device.userId], left: [] })
  const own = await deviceKeys.query(device.userId, { device_keys: { [device.userId]: [] } })
  t.same(own.master_keys, { [device.userId]: keys.master_key })
  t.same(own.self_signing_keys, { [device.userId]: keys.self_signing_key })
  t.same(own.user_signing_keys, { [device.userId]: keys.user_signing_key })
  const others = await deviceKeys.query('@reader:localhost', { device_keys: { [device.userId]: [] } })
  t.same(others.user_signing_keys, {}, 'the user-signing key is for the user alone')
  const head = stream.head()
  t.equal(await crossSigning.replaces(device, keys), false)
  await upload(device, keys)
  t.equal(stream.head(), head, 'nothing happened')
  const { upload: reset } = keySet(device, 'reset')
  t.equal(await crossSigning.replaces(device, reset), true)
  await t.rejects(upload(device, reset), refusal('M_FORBIDDEN'))
  await upload(device, reset, true)
  const after = await deviceKeys.query(device.userId, { device_keys: { [device.userId]: [] } })
  t.same(after.master_keys[device.userId], reset.master_key)
})

t.test('What is no key, or is not signed, is refused', async (t) => {
  const { device } = await addDevice('bob', 'BOB')
  const { upload: keys, master, selfSigning } = keySet(device)
  const bare = { user_id: device.userId, usage: ['self_signing'], keys: { [selfSigning.keyId]: selfSigning.publicKey } }
  await t.rejects(crossSigning.upload(device, { mayReplace: true }), refusal('M_MISSING_PARAM'))
  await t.rejects(crossSigning.upload(device, { self_signing_key: keys.self_signing_key, mayReplace: true }), refusal('M_MISSING_PARAM'))
  await t.rejects(upload(device, { ...keys, self_signing_key: bare }), refusal('M_INVALID_SIGNATURE'))
  const forged = signJson(bare, device.userId, { ...selfSigning, keyId: master.keyId })
  await t.rejects(upload(device, { ...keys, self_signing_key: forged }), refusal('M_INVALID_SIGNATURE'))
  const wrong: JsonObject[] = [
    { ...keys.master_key, user_id: '@alice:localhost' }, { ...keys.master_key, usage: ['self_signing'] },
    { ...keys.master_key, keys: {} }, { ...keys.master_key, keys: { 'ed25519:x': master.publicKey } },
    { ...keys.master_key, keys: { [master.keyId]: 'short' } },
    { ...keys.master_key, keys: { [master.keyId]: master.publicKey, 'ed25519:y': 'y' } },
  ]
  for (const key of wrong) await t.rejects(upload(device, { ...keys, master_key: key }), refusal('M_INVALID_PARAM'))
  await world.addDevice('bob', master.publicKey)
  await t.rejects(upload(device, keys), refusal('M_FORBIDDEN'), 'a key must not be called like a device')
  const { master_keys: stored } = await deviceKeys.query(device.userId, { device_keys: { [device.userId]: [] } })
  t.same(stored, {})
})

t.test('Signatures are shown to who may see them', async (t) => {
  const carol = await addDevice('carol', 'CAROL')
  const dave = await addDevice('dave', 'DAVE')
  const carolKeys = keySet(carol.device)
  const daveKeys = keySet(dave.device)
  await upload(carol.device, carolKeys.upload)
  await upload(dave.device, daveKeys.upload)
  const from = stream.head()
  const failures = await crossSigning.uploadSignatures(carol.device, {
    [carol.device.userId]: {
      CAROL: signJson(carol.keys, carol.device.userId, carolKeys.selfSigning),
      [carolKeys.master.publicKey]: signJson(carolKeys.upload.master_key, carol.device.userId, carol.key),
      GONE: carol.keys,
    },
    [dave.device.userId]: {
      [daveKeys.master.publicKey]: signJson(daveKeys.upload.master_key, carol.device.userId, carolKeys.userSigning),
      DAVE: signJson(dave.keys, carol.device.userId, carolKeys.userSigning),
    },
    '@nobody:localhost': { X: {} },
  })
  t.same(Object.entries(failures).map(([userId, keys]) => [userId, Object.entries(keys).map(([id, failure]) => [id, failure.errcode])]), [
    [carol.device.userId, [['GONE', 'M_NOT_FOUND']]],
    [dave.device.userId, [['DAVE', 'M_NOT_FOUND']]],
    ['@nobody:localhost', [['X', 'M_NOT_FOUND']]],
  ])
  const both = { device_keys: { [carol.device.userId]: [], [dave.device.userId]: [] } }
  for (const reader of [carol.device.userId, dave.device.userId]) {
    const answer = await deviceKeys.query(reader, both)
    const onDevice = signaturesOn(answer.device_keys[carol.device.userId]?.['CAROL'], carol.device.userId)
    t.same(onDevice, [carol.key.keyId, carolKeys.selfSigning.keyId].toSorted())
    t.same(signaturesOn(answer.master_keys[carol.device.userId], carol.device.userId), [carol.key.keyId])
    const seen = reader === carol.device.userId ? [carolKeys.userSigning.keyId] : []
    t.same(signaturesOn(answer.master_keys[dave.device.userId], carol.device.userId), seen, `as ${reader} sees it`)
  }
  t.same((await deviceLists.changes(carol.device.user, from, stream.head())).changed.toSorted(), [carol.device.userId, dave.device.userId])
  const restarted = (await world.restart()).encryption.deviceLists
  t.same((await restarted.changes(carol.device.user, from, stream.head())).changed.toSorted(), [carol.device.userId, dave.device.userId])
  t.same(await deviceLists.changes(dave.device.user, from, stream.head()), { changed: [], left: [] })
})

t.test('Wrong signatures are named and change nothing', async (t) => {
  const { device, keys } = await addDevice('erin', 'ERIN')
  const set = keySet(device)
  await upload(device, set.upload)
  const head = stream.head()
  const good = signJson(keys, device.userId, set.selfSigning)
  for (const object of [
    keys,
    signJson(keys, device.userId, set.master),
    signJson(keys, device.userId, { ...set.userSigning, keyId: set.selfSigning.keyId }),
    { ...good, algorithms: ['other'] },
  ]) {
    const failures = await crossSigning.uploadSignatures(device, { [device.userId]: { ERIN: object } })
    t.equal(failures[device.userId]?.['ERIN']?.errcode, 'M_INVALID_SIGNATURE')
  }
  t.equal(stream.head(), head)
  t.same(await crossSigning.uploadSignatures(device, { [device.userId]: { ERIN: good } }), {})
  t.equal(stream.head(), head + 1)
  t.same(await crossSigning.uploadSignatures(device, { [device.userId]: { ERIN: good } }), {})
  t.equal(stream.head(), head + 1, 'the same signature again is no news')
})

t.test('Signatures go with the keys that they sign, and with those that made them', async (t) => {
  const { device, keys } = await addDevice('frank', 'FRANK')
  const set = keySet(device)
  await upload(device, set.upload)
  const sign = () => crossSigning.uploadSignatures(device, { [device.userId]: { FRANK: signJson(keys, device.userId, set.selfSigning) } })
  const signatures = async () => {
    const answer = await deviceKeys.query(device.userId, { device_keys: { [device.userId]: [] } })
    return signaturesOn(answer.device_keys[device.userId]?.['FRANK'], device.userId).length
  }
  await sign()
  t.equal(await signatures(), 2)
  await deviceKeys.upload(device, { device_keys: deviceKeysOf(device, 'other') })
  t.equal(await signatures(), 1, 'another device key is not signed')
  await deviceKeys.upload(device, { device_keys: keys })
  await sign()
  const { upload: reset } = keySet(device, 'frank again')
  await crossSigning.upload(device, { master_key: reset.master_key, mayReplace: true })
  t.equal(await signatures(), 1, 'the old self-signing key is void')
  const answer = await deviceKeys.query(device.userId, { device_keys: { [device.userId]: [] } })
  t.same(answer.self_signing_keys, {}, 'what the old master key signed is gone')
})

t.test('Users of other servers are signed too, which only the signer learns', async (t) => {
  const [grace, heidi] = [await addDevice('grace', 'GRACE'), await addDevice('heidi', 'HEIDI')]
  const set = keySet(grace.device)
  await upload(grace.device, set.upload)
  const userId = '@remote:elsewhere.test'
  const remote = keySet({ user: 0, userId, deviceId: 'REMOTE' })
  elsewhere.set(userId, remote.upload.master_key)
  const from = stream.head()
  const sign = (key: SigningKey) => crossSigning.uploadSignatures(grace.device, {
    [userId]: { [remote.master.publicKey]: signJson(remote.upload.master_key, grace.device.userId, key) },
    '@none:elsewhere.test': { X: {} },
  })
  t.match(await sign(set.selfSigning), { [userId]: { [remote.master.publicKey]: { errcode: 'M_INVALID_SIGNATURE' } } })
  t.same(await sign(set.userSigning), { '@none:elsewhere.test': { X: { errcode: 'M_NOT_FOUND', error: 'There is no such key.' } } })
  const signers = async ({ device }: typeof grace) => {
    const answer = await deviceKeys.query(device.userId, { device_keys: { [userId]: [] } })
    return signaturesOn(answer.master_keys[userId], grace.device.userId)
  }
  t.same(await signers(grace), [set.userSigning.keyId])
  t.same(await signers(heidi), [])
  t.same(await deviceLists.changes(grace.device.user, from, stream.head()), { changed: [userId], left: [] })
  t.same(await deviceLists.changes(heidi.device.user, from, stream.head()), { changed: [], left: [] })
  elsewhere.set(userId, keySet({ user: 0, userId, deviceId: 'REMOTE' }, 'reset').upload.master_key)
  t.same(await signers(grace), [], 'another master key is not signed')
})
