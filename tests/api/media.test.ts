import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import t from 'tap'
import { trialConfig } from '../../src/config/trial-config.ts'
import { refused } from '../support/refusal.ts'
import { createTestServer, type TestUser } from '../support/server.ts'

const UPLOAD_MAX = 400_000
const folder = await mkdtemp(join(tmpdir(), 'hearth-media-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const server = await createTestServer(t, { media: { ...trialConfig(folder).media, maxUploadBytes: UPLOAD_MAX } })
const { api, clock } = server
const alice = await server.register('alice')
const bob = await server.register('bob')

const MEDIA = '/_matrix/media'
const V1 = '/_matrix/client/v1/media'
const TOO_LARGE = refused(413, 'M_TOO_LARGE')

interface Upload { readonly bytes: Uint8Array | string, readonly type?: string, readonly query?: string }

function upload(user: TestUser, { bytes, type = 'text/plain', query = '' }: Upload) {
  return api.post(`${MEDIA}/v3/upload${query}`, { token: user.token, body: bytes, headers: { 'content-type': type } })
}

/** Uploads and gives the part of the URI that stands in paths. */
async function keep(bytes: Uint8Array | string, type?: string, query?: string): Promise<string> {
  const { body } = await upload(alice, { bytes, ...(type === undefined ? {} : { type }), ...(query === undefined ? {} : { query }) })
  return String(body['content_uri']).slice('mxc://'.length)
}

async function download(path: string, user: TestUser = bob) {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${user.token}` } })
  const bytes = Buffer.from(await response.arrayBuffer())
  const isJson = response.status >= 400
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    body: isJson ? JSON.parse(bytes.toString()) as Record<string, unknown> : {},
  }
}

/** A picture of one colour. */
function picture(width: number, height: number) {
  return sharp({ create: { width, height, channels: 3, background: '#c04020' } })
}

/** What a picture is. The server lets libvips, which is one for the whole process, read from files only. */
async function look(bytes: Buffer) {
  const path = join(folder, randomUUID())
  await writeFile(path, bytes)
  return sharp(path, { pages: -1 }).metadata()
}

/** A PNG of a few bytes that claims to be as large as a city. */
function bomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat(
    [signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(100_000))), chunk('IEND', Buffer.alloc(0))],
  )
}

function crc32(bytes: Buffer): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

t.test('uploadContent keeps bytes as they are, getContentAuthed gives them back', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7919) % 256))
  const { status, body } = await upload(alice, { bytes, type: 'image/png', query: '?filename=cat.png' })
  t.equal(status, 200)
  t.match(body['content_uri'], /^mxc:\/\/localhost\/[\w-]{20,}$/)
  const id = String(body['content_uri']).slice('mxc://'.length)
  const got = await download(`${V1}/download/${id}`)
  const head = await api.ask('HEAD', `${V1}/download/${id}`, { token: bob.token })
  t.same([head.status, head.text, head.headers.get('content-length')], [200, '', got.headers.get('content-length')])
  t.equal(got.status, 200)
  t.ok(got.bytes.equals(bytes))
  t.equal(got.headers.get('content-type'), 'image/png')
  t.equal(got.headers.get('content-length'), String(bytes.length))
  t.equal(got.headers.get('content-disposition'), 'inline; filename="cat.png"')
  t.match(got.headers.get('content-security-policy'), /sandbox.*default-src 'none'.*script-src 'none'/)
  t.equal(got.headers.get('cross-origin-resource-policy'), 'cross-origin')
  t.equal(got.headers.get('x-content-type-options'), 'nosniff')
  t.equal(got.headers.get('access-control-allow-origin'), '*')
  t.ok((await download(`${V1}/download/${await keep('')}`)).bytes.equals(Buffer.alloc(0)), 'also nothing at all')
  t.not(await keep('twice'), await keep('twice'), 'each upload has its own name')
  t.match(await api.get(`${V1}/download/${id}`), refused(401, 'M_MISSING_TOKEN'))
  t.match(await api.post(`${MEDIA}/v3/upload`, { body: 'x' }), refused(401, 'M_MISSING_TOKEN'))
  t.equal((await api.post(`${MEDIA}/r0/upload`, { token: alice.token, body: 'x' })).status, 200, 'under its older path')
})

t.test('getConfigAuthed and getConfig tell how much one may upload, and no more is taken', async (t) => {
  for (const path of [`${V1}/config`, `${MEDIA}/v3/config`]) {
    t.same((await api.get(path, { token: alice.token })).body, { 'm.upload.size': UPLOAD_MAX })
  }
  const filesBefore = (await readdir(folder, { recursive: true })).length
  t.match(await upload(alice, { bytes: Buffer.alloc(UPLOAD_MAX + 1) }), TOO_LARGE)
  const chunks = (async function* () {
    for (let sent = 0; sent <= UPLOAD_MAX; sent += 10_000) yield Buffer.alloc(10_000)
  })()
  const init = { method: 'POST', body: chunks, duplex: 'half', headers: { authorization: `Bearer ${alice.token}` } }
  // The types of fetch do not know the streams that Node takes.
  const endless = await fetch(`${server.url}${MEDIA}/v3/upload`, init as unknown as RequestInit).then(
    async (response) => ({ status: response.status, body: await response.json() as object }), () => TOO_LARGE,
  )
  t.match(endless, TOO_LARGE, 'also when nobody says beforehand how much will come')
  t.equal((await upload(alice, { bytes: Buffer.alloc(UPLOAD_MAX) })).status, 200, 'all of it')
  const files = await readdir(folder, { recursive: true })
  t.notOk(files.length > filesBefore + 4 || files.some((name) => /incoming\/./.test(name)), 'nothing half is left')
})

t.test('createContent gives a URI, uploadContentToMXC brings its bytes', async (t) => {
  const { status, body } = await api.post(`${MEDIA}/v1/create`, { token: alice.token })
  t.equal(status, 200)
  t.equal(body['unused_expires_at'], clock.now() + 24 * 60 * 60_000)
  const id = String(body['content_uri']).slice('mxc://'.length)
  const put = (user: TestUser, to: string, bytes: string) =>
    api.put(`${MEDIA}/v3/upload/${to}?filename=a.txt`, { token: user.token, body: bytes, headers: { 'content-type': 'text/plain' } })
  t.match(await download(`${V1}/download/${id}?timeout_ms=0`), refused(504, 'M_NOT_YET_UPLOADED'))
  t.match(await download(`${V1}/thumbnail/${id}?width=32&height=32&timeout_ms=0`), refused(504, 'M_NOT_YET_UPLOADED'))
  t.match(await put(bob, id, 'his'), refused(403, 'M_FORBIDDEN'))
  t.match(await put(alice, id, 'x'.repeat(UPLOAD_MAX + 1)), TOO_LARGE)
  const waiting = download(`${V1}/download/${id}?timeout_ms=5000`)
  t.same((await put(alice, id, 'hers')).body, {})
  const later = setInterval(() => clock.advance(100), 5)
  t.equal((await waiting).bytes.toString(), 'hers', 'who waits gets them')
  clearInterval(later)
  t.equal((await download(`${V1}/download/${id}`)).headers.get('content-disposition'), 'inline; filename="a.txt"')
  t.match(await put(alice, id, 'other'), refused(409, 'M_CANNOT_OVERWRITE_MEDIA'))
  t.equal((await download(`${V1}/download/${id}`)).bytes.toString(), 'hers')
  t.match(await put(alice, 'localhost/unknown', 'x'), refused(404, 'M_NOT_FOUND'))
  t.match(await put(alice, id.replace('localhost', 'elsewhere'), 'x'), refused(404, 'M_NOT_FOUND'))
})

t.test('URIs that nobody uses run out, and few wait at once', async (t) => {
  const carol = await server.register('carol')
  const create = () => api.post(`${MEDIA}/v1/create`, { token: carol.token })
  const uris: string[] = []
  for (let count = 0; count < 5; count++) uris.push(String((await create()).body['content_uri']).slice('mxc://'.length))
  const sixth = await create()
  t.match(sixth, refused(429, 'M_LIMIT_EXCEEDED'))
  t.ok(sixth.headers.get('retry-after'))
  const put = (id: string) => api.put(`${MEDIA}/v3/upload/${id}`, { token: carol.token, body: 'x' })
  t.equal((await put(uris[0] ?? '')).status, 200)
  t.equal((await create()).status, 200, 'one of them was used')
  clock.advance(24 * 60 * 60_000 + 1)
  t.match(await put(uris[1] ?? ''), refused(404, 'M_NOT_FOUND'))
  t.equal((await create()).status, 200)
})

t.test('What a browser might run is offered as a download (A56)', async (t) => {
  const types: readonly [string, string, string][] = [
    ['text/html', 'attachment', 'text/html'],
    ['TEXT/HTML; charset=utf-8', 'attachment', 'TEXT/HTML; charset=utf-8'],
    ['image/svg+xml', 'attachment', 'image/svg+xml'],
    ['application/pdf', 'attachment', 'application/pdf'],
    ['application/javascript', 'attachment', 'application/javascript'],
    ['image/png; x=y', 'inline', 'image/png; x=y'],
    ['IMAGE/PNG', 'inline', 'IMAGE/PNG'],
    ['text/plain;charset=utf-8', 'inline', 'text/plain;charset=utf-8'],
    ['image/png,text/html', 'attachment', 'application/octet-stream'], ['nonsense', 'attachment', 'application/octet-stream'],
  ]
  for (const [type, shown, wanted] of types) {
    const { headers } = await download(`${V1}/download/${await keep('x', type)}`)
    t.match(headers.get('content-disposition'), new RegExp(`^${shown}`), type)
    t.equal(headers.get('content-type'), wanted, type)
  }
  t.equal((await upload(alice, { bytes: 'x', type: 'multipart/form-data; boundary=x' })).status, 415, 'a form is no file')
})

t.test('getContentOverrideNameAuthed gives another name, each name as one clean header', async (t) => {
  const id = await keep('x', 'text/plain', '?filename=first.txt')
  const named = async (name: string) => (await download(`${V1}/download/${id}/${encodeURIComponent(name)}`)).headers
  t.equal((await named('second.txt')).get('content-disposition'), 'inline; filename="second.txt"')
  const cases: readonly [string, string][] = [
    ['"; \r\nX: y', `inline; filename*=utf-8''%22%3B%20X%3A%20y`],
    ['\u202efdp.exe', 'inline; filename="fdp.exe"'],
    ['Grüße.txt', `inline; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt`],
    ['../../etc/passwd', 'inline; filename=".._.._etc_passwd"'],
    ['a;b="c"', `inline; filename*=utf-8''a%3Bb%3D%22c%22`],
    ['x'.repeat(2_000), `inline; filename="${'x'.repeat(255)}"`],
  ]
  for (const [name, wanted] of cases) {
    const headers = await named(name)
    t.equal(headers.get('content-disposition'), wanted)
    t.equal(headers.get('x'), null)
    const uploaded = await keep('x', 'text/plain', `?filename=${encodeURIComponent(name)}`)
    t.equal((await download(`${V1}/download/${uploaded}`)).headers.get('content-disposition'), wanted)
  }
})

t.test('Names of files are no paths (A55)', async (t) => {
  for (const id of [
    '..%2f..%2fetc%2fpasswd', '%2e%2e', '%252e%252e', 'a.b', 'x'.repeat(256), 'x'.repeat(5_000), '%00', 'a%00b', '%ff', '__proto__', ' ',
  ]) {
    for (const path of [
      `${V1}/download/localhost/${id}`, `${V1}/thumbnail/localhost/${id}?width=9&height=9`, `${V1}/download/localhost/${id}/name`,
    ]) {
      const { status, body } = await download(path)
      t.ok([400, 404].includes(status) && typeof body['errcode'] === 'string', `${status} for ${path.slice(0, 80)}`)
    }
  }
  for (const name of ['..', 'a@b', 'h:99999999', '[::1', '127.0.0.1', 'LOCALHOST:80', 'a%2fb', '%00']) {
    const { status, body } = await download(`${V1}/download/${name}/abc?timeout_ms=0`)
    t.ok([400, 404].includes(status) && typeof body['errcode'] === 'string', `${status} for ${name}`)
  }
})

t.test('getContentThumbnailAuthed makes small forms of pictures', async (t) => {
  const formats: readonly [string, Buffer][] = [
    ['image/png', await picture(900, 300).png().toBuffer()], ['image/jpeg', await picture(900, 300).jpeg().toBuffer()],
    ['image/webp', await picture(900, 300).webp().toBuffer()], ['image/gif', await picture(900, 300).gif().toBuffer()],
  ]
  const small = async (id: string, query: string) => {
    const got = await download(`${V1}/thumbnail/${id}?${query}`)
    if (got.status !== 200) return { status: got.status, body: got.body }
    const { width, height, format, pages } = await look(got.bytes)
    return {
      status: 200,
      type: got.headers.get('content-type'),
      disposition: got.headers.get('content-disposition'),
      format,
      width,
      height,
      pages,
    }
  }
  for (const [type, bytes] of formats) {
    const id = await keep(bytes, type)
    const scaled = await small(id, 'width=320&height=240&method=scale')
    const format = type === 'image/gif' ? 'png' : type.slice('image/'.length)
    t.match(scaled, { status: 200, type: `image/${format}`, disposition: `inline; filename="thumbnail.${format}"`, format }, type)
    t.equal(Math.round(Number(scaled.width) / Number(scaled.height)), 3, 'scaled as it is')
    t.ok(Number(scaled.width) >= 320 || Number(scaled.height) >= 240, 'and not smaller than asked for')
    t.match(await small(id, 'width=96&height=96&method=crop'), { status: 200, width: 96, height: 96 })
  }
  const tiny = await keep(await picture(5, 5).png().toBuffer(), 'image/png')
  t.match(await small(tiny, 'width=320&height=240'), { status: 200, width: 5, height: 5 }, 'nothing is blown up')
  const frames = { width: 8, height: 24, channels: 3 as const, pageHeight: 8 }
  const moving = await sharp(
    Buffer.from(Array.from({ length: 8 * 24 * 3 }, (_, index) => index * 5 % 256)), { raw: frames },
  ).gif({ loop: 0 }).toBuffer()
  const movingId = await keep(moving, 'image/gif')
  t.equal((await small(movingId, 'width=32&height=32&animated=true')).pages ?? 1, (await look(moving)).pages)
  t.equal((await small(movingId, 'width=32&height=32')).pages ?? 1, 1)
  const together = await Promise.all(Array.from({ length: 6 }, () => small(tiny, 'width=800&height=600')))
  t.same(new Set(together.map(({ status }) => status)), new Set([200]), 'many at once')
})

t.test('What is no picture has no small form, whatever it calls itself (A60)', async (t) => {
  const small = (id: string, query = 'width=32&height=32') => download(`${V1}/thumbnail/${id}?${query}`)
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
  const disguised: readonly (string | Buffer)[] = [
    svg, 'text', '', await picture(9, 9).tiff().toBuffer(), Buffer.from('8BPS\0\u0001'), '%!PS-Adobe-3.0 EPSF-3.0',
    'push graphic-context\nviewbox 0 0 9 9',
    (await picture(300, 300).png().toBuffer()).subarray(0, 40), '#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts',
  ]
  for (const bytes of disguised) {
    t.match(await small(await keep(bytes, 'image/png')), refused(400, 'M_UNKNOWN'), JSON.stringify(String(bytes).slice(0, 20)))
  }
  const large = await keep(bomb(50_000, 50_000), 'image/png')
  t.match(await small(large), TOO_LARGE)
  t.equal((await download(`${V1}/download/${large}`)).status, 200, 'though it may be downloaded')
  const id = await keep(await picture(9, 9).png().toBuffer(), 'image/png')
  for (const query of [
    'width=0&height=5', 'width=-1&height=5', 'width=x&height=5', 'width=5', 'width=1e400&height=5', 'width=5&height=5&method=x', '',
  ]) {
    const { status, body } = await small(id, query)
    t.match({ status, body }, { status: 400, body: { errcode: /^M_(?:INVALID|MISSING)_PARAM$/ } }, query)
  }
  t.equal((await small(id, 'width=1000000000&height=1000000000')).status, 200, 'a huge one is the largest there is')
  t.match(await small('localhost/unknown'), refused(404, 'M_NOT_FOUND'))
})

t.test('getContent, getContentOverrideName and getContentThumbnail are frozen: they have no file of this server', async (t) => {
  const path = await keep('frozen')
  for (const prefix of ['v3', 'r0', 'v1']) {
    for (const asked of [`download/${path}`, `download/${path}/name.txt`, `thumbnail/${path}?width=32&height=32&method=crop`]) {
      for (const token of [undefined, alice.token]) {
        t.match(await api.get(`${MEDIA}/${prefix}/${asked}`, { token }), refused(404, 'M_NOT_FOUND'), `${prefix}/${asked}`)
      }
    }
  }
  t.match(await api.get(`${MEDIA}/v3/download/elsewhere.example/abc?allow_remote=true`), refused(404, 'M_NOT_FOUND'))
  t.equal((await api.get(`${MEDIA}/v3/thumbnail/${path}`)).status, 400, 'a size is asked for')
  t.equal((await download(`${V1}/download/${path}`)).status, 200)
})
