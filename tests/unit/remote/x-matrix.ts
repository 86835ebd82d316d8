import t from 'tap'
import { parseXMatrix, requestText, xMatrixHeader } from '../../../src/matrix/x-matrix.ts'
import { signingKeyFromSeed, verifyKeyFromBase64, verifyText } from '../../../src/matrix/signing.ts'

const FULL = { origin: 'a.test:8448', destination: 'b.test', keyId: 'ed25519:k', signature: 'c2ln+/x' }

t.test('X-Matrix headers are read loosely', async (t) => {
  for (const header of [
    'X-Matrix origin="a.test:8448",destination="b.test",key="ed25519:k",sig="c2ln+/x"',
    'x-matrix    origin=a.test:8448,destination=b.test,key=ed25519:k,sig=c2ln+/x',
    'X-MATRIX Origin="a.test:8448" ,\tDESTINATION=b.test , kEy="ed25519:k",\t sig="c2ln+/x"  ',
    'X-Matrix sig="c2ln+/x",key="ed25519:k",future="x=\\"y\\",z",destination="b\\.test",origin="\\a.test:8448"',
    'X-Matrix ,origin="a.test:8448",,destination="b.test",key="ed25519:k",sig="c2ln+/x",',
    'X-Matrix origin = "a.test:8448",destination= b.test,key ="ed25519:k",signature="c2ln+/x"',
  ]) t.same(parseXMatrix(header), FULL, header)
  t.same(parseXMatrix('X-Matrix origin="a",key="k",sig="s"'), { origin: 'a', destination: undefined, keyId: 'k', signature: 's' })
})

t.test('headers that say too little, one thing twice, or nothing', async (t) => {
  for (const header of [
    '', 'X-Matrix', 'X-Matrix ', 'Bearer abc', 'X-Matrixorigin=a,key=k,sig=s', 'X-Matrix origin="a",key="k"',
    'X-Matrix key="k",sig="s"',
    'X-Matrix origin="a",origin="a",key="k",sig="s"', 'X-Matrix origin="a",Origin="b",key="k",sig="s"',
    'X-Matrix origin="a,key="k",sig="s"',
    'X-Matrix origin="a" key="k",sig="s"', 'X-Matrix origin="a",key="k",sig="s', `X-Matrix origin="${'a'.repeat(5000)}",key="k",sig="s"`,
  ]) t.equal(parseXMatrix(header), undefined, header.slice(0, 80))
})

t.test('what is signed is Canonical JSON of the request', async (t) => {
  const request = { method: 'PUT', uri: '/x?a="b"', origin: 'a.test', destination: 'b.test', content: '{"b":1.0}' }
  t.equal(requestText(request), '{"content":{"b":1.0},"destination":"b.test","method":"PUT","origin":"a.test","uri":"/x?a=\\"b\\""}')
  const least = { ...request, content: undefined, destination: undefined }
  t.equal(requestText(least), '{"method":"PUT","origin":"a.test","uri":"/x?a=\\"b\\""}')
  const key = signingKeyFromSeed('k', Buffer.alloc(32, 7))
  const read = parseXMatrix(xMatrixHeader(request, key))
  t.match(read, { origin: 'a.test', destination: 'b.test', keyId: 'ed25519:k' })
  const publicKey = verifyKeyFromBase64(key.publicKey)
  t.ok(publicKey !== undefined && verifyText(requestText(request), read?.signature ?? '', publicKey))
})
