import t from 'tap'
import { decodeBase64, encodeBase64, encodeBase64Url } from '../../../src/matrix/base64.ts'
import { contentHash, eventSignedText, hasRightContentHash } from '../../../src/matrix/hashes.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import {
  formatSigningKey, listSignatures, parseSigningKeys, signingKeyFromSeed, signJson, signText, verifyJson, verifyKeyFromBase64,
} from '../../../src/matrix/signing.ts'
import { versionOf } from './room-of-events.ts'

/** The key of the appendices, Cryptographic Test Vectors. */
export const SEED = Buffer.from('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1', 'base64')
export const KEY = signingKeyFromSeed('1', SEED)

const MINIMAL: JsonObject = {
  room_id: '!x:domain', sender: '@a:domain', origin: 'domain', origin_server_ts: 1000000, signatures: {}, hashes: {}, type: 'X',
  content: {}, prev_events: [], auth_events: [], depth: 3, unsigned: { age_ts: 1000000 },
}
const REDACTABLE: JsonObject = {
  content: { body: 'Here is the message content' }, event_id: '$0:domain', origin: 'domain', origin_server_ts: 1000000,
  type: 'm.room.message', room_id: '!r:domain', sender: '@u:domain', signatures: {}, unsigned: { age_ts: 1000000 },
}

export function testSigning(): void {
  t.test('Base64: the examples of the specification', async (t) => {
    for (const [text, encoded] of [
      ['', ''], ['f', 'Zg'], ['fo', 'Zm8'], ['foo', 'Zm9v'], ['foob', 'Zm9vYg'], ['fooba', 'Zm9vYmE'], ['foobar', 'Zm9vYmFy'],
    ] as const) {
      t.equal(encodeBase64(Buffer.from(text)), encoded)
      t.equal(decodeBase64(encoded)?.toString(), text)
    }
    t.equal(decodeBase64('Zg==')?.toString(), 'f', 'padding is tolerated')
    const bytes = Buffer.from([0xfb, 0xff, 0xfe])
    t.equal(encodeBase64(bytes), '+//+')
    t.equal(encodeBase64Url(bytes), '-__-')
    t.same(decodeBase64('-__-'), bytes)
    for (const wrong of ['Z', 'Zg=a', '+_aa', 'Zm 8', 'Zm9v\n']) t.equal(decodeBase64(wrong), undefined, wrong)
  })

  t.test('signed JSON: the vectors of the specification', async (t) => {
    t.same(signJson({}, 'domain', KEY), {
      signatures: { domain: { 'ed25519:1': 'K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ' } },
    })
    t.same(signJson({ one: 1, two: 'Two' }, 'domain', KEY), {
      one: 1,
      two: 'Two',
      signatures: { domain: { 'ed25519:1': 'KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw' } },
    })
  })

  t.test('signed events: the vectors of the specification', async (t) => {
    for (const [event, sha256, signature] of [
      [
        MINIMAL, '5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos',
        'KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg',
      ],
      [
        REDACTABLE, 'onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g',
        'Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA',
      ],
    ] as const) {
      t.equal(contentHash(event), sha256)
      const hashed = { ...event, hashes: { sha256 } }
      t.ok(hasRightContentHash(hashed))
      t.ok(hasRightContentHash({ ...hashed, hashes: { sha256: `${sha256}=` } }), 'padded')
      t.notOk(hasRightContentHash({ ...hashed, depth: 4 }))
      t.notOk(hasRightContentHash({ ...hashed, hashes: {} }))
      t.equal(signText(eventSignedText(hashed, versionOf('1')), KEY), signature)
    }
  })

  t.test('signatures are checked as the appendices say', async (t) => {
    const key = verifyKeyFromBase64(KEY.publicKey)
    const findKey = (keyId: string): typeof key => keyId === KEY.keyId ? key : undefined
    const signed = signJson({ a: 1, unsigned: { b: 2 } }, 'domain', KEY)
    t.ok(verifyJson(signed, 'domain', findKey))
    t.ok(verifyJson({ ...signed, unsigned: { c: 3 } }, 'domain', findKey), 'unsigned is not covered')
    t.notOk(verifyJson({ ...signed, a: 2 }, 'domain', findKey))
    t.notOk(verifyJson(signed, 'other', findKey), 'nobody else signed it')
    t.notOk(verifyJson(signed, 'domain', () => undefined), 'no key is known')
    t.notOk(verifyJson({ a: 1 }, 'domain', findKey))
    const twice = signJson(signed, 'domain', signingKeyFromSeed('2', Buffer.alloc(32, 7)))
    t.equal(listSignatures(twice, 'domain').length, 2)
    t.ok(verifyJson(twice, 'domain', findKey), 'a key that is not known is passed over')
    t.notOk(verifyJson(twice, 'domain', () => key), 'a wrong signature by a known key is not')
    for (const signature of ['', 'AAAA', 'not base64!', 'A'.repeat(86)]) {
      t.notOk(verifyJson({ ...signed, signatures: { domain: { 'ed25519:1': signature } } }, 'domain', findKey))
    }
    t.same(listSignatures({ signatures: { domain: { 'ed25519:1': 5, 'rsa:1': 'AA' } } }, 'domain'), [], 'only what can be checked')
    t.same(listSignatures({ signatures: [] }, 'domain'), [])
    t.same(listSignatures({ signatures: {} }, '__proto__'), [])
    t.ok(verifyJson(signJson({ a: 1 }, '__proto__', KEY), '__proto__', findKey), 'whatever the entity is called')
    t.equal(verifyKeyFromBase64('AAAA'), undefined)
  })

  t.test('key files have the form of Synapse', async (t) => {
    const line = formatSigningKey('a_abcd', SEED)
    t.equal(line, 'ed25519 a_abcd YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA0\n')
    const [key, second] = parseSigningKeys(`${line}ed25519 old YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1\n`) ?? []
    t.equal(key?.keyId, 'ed25519:a_abcd')
    t.equal(key?.publicKey, KEY.publicKey)
    t.equal(second?.keyId, 'ed25519:old')
    for (const wrong of ['', 'ed25519 a', 'rsa a AAAA', 'ed25519 a AAAA', 'ed25519 a-b YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1']) {
      t.equal(parseSigningKeys(wrong), undefined, wrong)
    }
  })
}
