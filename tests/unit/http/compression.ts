import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { Compression } from '../../../src/http/compression.ts'
import { jsonReply, response } from '../../../src/http/reply.ts'

const large = jsonReply(200, { text: 'x'.repeat(5_000) })

t.test('answers are compressed for who wishes it', async (t) => {
  const compression = new Compression()
  const compressed = await compression.begin(large, 'deflate, gzip;q=1.0, *;q=0.5')
  t.match(compressed, { status: 200, headers: { 'content-encoding': 'gzip', 'cache-control': 'no-store' } })
  t.equal(gunzipSync(compressed?.body as Buffer).toString(), large.body)
  for (const wish of ['*', 'GZIP', 'gzip ; q=0.1']) t.ok(compression.begin(large, wish), wish)
})

t.test('others are sent as they are, and so is what comes while much is compressed', async (t) => {
  const compression = new Compression()
  for (const wish of [undefined, '', 'br', 'identity', 'gzip;q=0', 'x-gzip', '*;q=0', 'gzip;q=0, *']) {
    t.equal(compression.begin(large, wish), undefined, wish ?? 'nothing')
  }
  t.equal(compression.begin(jsonReply(200, {}), 'gzip'), undefined)
  t.equal(compression.begin(response({ body: 'x'.repeat(5_000), headers: { 'content-type': 'text/html' } }), 'gzip'), undefined)
  const running = [1, 2, 3].map(() => compression.begin(large, 'gzip'))
  t.equal(compression.begin(large, 'gzip'), undefined)
  await Promise.all(running)
  t.ok(compression.begin(large, 'gzip'))
})
