import sharp from 'sharp'
import t from 'tap'
import { MediaFiles } from '../../../src/media/files.ts'
import { RemoteFiles } from '../../../src/media/remote-files.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { DAY_MS } from '../../../src/util/durations.ts'
import { silentLog } from '../../../src/util/log.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { alice, askOne, bob, clock, one, stranger, two } from './world.ts'

const database = openDatabase(one.server.connection, silentLog, 2)
t.teardown(() => database.close())

// Operations: getContent, getContentThumbnail.
t.test('Files of ours are told to other servers in two parts', async (t) => {
  const upload = await one.server.api.post('/_matrix/media/v3/upload?filename=note.txt', {
    token: alice.token, body: 'some text', headers: { 'content-type': 'text/plain' },
  })
  const [mediaId = ''] = String(upload.body['content_uri']).split('/').slice(-1)
  const answer = await askOne('GET', `/media/download/${mediaId}`)
  t.equal(answer.status, 200)
  const lines = answer.text.split('\r\n')
  const boundary = lines[0] ?? ''
  t.same(lines, [
    boundary, 'Content-Type: application/json', '', '{}', boundary,
    'Content-Type: text/plain', 'Content-Disposition: inline; filename="note.txt"', '', 'some text', `${boundary}--`, '',
  ])
  t.match(await askOne('GET', '/media/download/none'), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await askOne('GET', `/media/thumbnail/${mediaId}?width=32&height=32`), { status: 400, body: { errcode: 'M_UNKNOWN' } })
  t.match(await askOne('GET', `/media/thumbnail/${mediaId}?width=0&height=32`), { status: 400 })
})

t.test('Files of other servers are fetched once and kept', async (t) => {
  const bytes = Buffer.alloc(200_000, 'abc\r\n--')
  const upload = await two.server.api.post('/_matrix/media/v3/upload?filename=caf%C3%A9.bin', { token: bob.token, body: bytes })
  const path = String(upload.body['content_uri']).slice('mxc://'.length)
  const download = (which: string) => fetch(`${one.server.url}/_matrix/client/v1/media/download/${which}`, {
    headers: { authorization: `Bearer ${alice.token}` },
  })
  for (const _ of [1, 2]) {
    const answer = await download(path)
    t.equal(answer.status, 200)
    t.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes))
    t.match(answer.headers.get('content-disposition'), /caf%C3%A9\.bin/)
  }
  t.equal((await download('two.hearth.test/none')).status, 404)
  t.equal((await download('gone.hearth.test/any')).status, 404)

  const answers: Record<string, { readonly type?: string, readonly body: string }> = {
    whole: { body: '--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\nContent-Type: text/html\r\n\r\nfile\r\n--b--' },
    endless: { body: '--b\r\n\r\n{}\r\n--b\r\nContent-Type: text/plain\r\n\r\nfile' },
    single: { body: '--b\r\n\r\n{}\r\n--b--' },
    elsewhere: { body: '--b\r\n\r\n{}\r\n--b\r\nLocation: http://127.0.0.1/\r\n\r\n\r\n--b--' },
    unparted: { type: 'text/plain', body: 'file' },
  }
  stranger.on('GET', /^\/_matrix\/federation\/v1\/media\/download\//, (request, response) => {
    const answer = answers[request.url.split(/[/?]/)[6] ?? '']
    response.writeHead(200, { 'content-type': answer?.type ?? 'multipart/mixed; boundary=b' }).end(answer?.body)
    return undefined
  })
  const whole = await download('peer.hearth.test/whole')
  t.match({ text: await whole.text(), disposition: whole.headers.get('content-disposition') }, { text: 'file', disposition: 'attachment' })
  for (const name of ['endless', 'single', 'elsewhere', 'unparted']) {
    t.match(await (await download(`peer.hearth.test/${name}`)).json(), { errcode: 'M_UNKNOWN' }, name)
  }
})

/** Whatever was looked at was so much longer ago. */
const age = (days: number) => (
  database.db.updateTable('remote_media').set((row) => ({ read_at: row('read_at', '-', days * DAY_MS) })).execute()
)

const textAt = async (name: string) => {
  const answer = await one.server.api.get(`/_matrix/client/v1/media/download/peer.hearth.test/${name}`, { token: alice.token })
  return answer.status === 200 ? answer.text : String(answer.status)
}

t.test('A file that is elsewhere is fetched from there, and one of an old server in the old way', async (t) => {
  const leads = (location: string) => ({
    headers: { 'content-type': 'multipart/mixed; boundary=b' },
    body: `--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\nLocation: ${location}\r\n\r\n\r\n--b--`,
  })
  const v1 = '/_matrix/federation/v1/media/download'
  stranger.on('GET', `${v1}/moved`, leads('https://peer.hearth.test/bucket/first'))
  stranger.on('GET', '/bucket/first', { status: 302, headers: { location: '/bucket/second' } })
  stranger.on('GET', '/bucket/second', { headers: { 'content-type': 'text/plain' }, body: 'in a bucket' })
  stranger.on('GET', `${v1}/inside`, leads('https://127.0.0.1:8448/'))
  stranger.on('GET', `${v1}/lost`, leads('https://peer.hearth.test/bucket/none'))
  t.same([await textAt('moved'), await textAt('inside'), await textAt('lost')], ['in a bucket', '502', '404'])
  const old = /^\/_matrix\/media\/v3\/download\/peer\.hearth\.test\//
  stranger.on('GET', `${v1}/old`, { status: 404, body: { errcode: 'M_UNRECOGNIZED', error: 'What?' } })
  stranger.on('GET', `${v1}/older`, { status: 404, body: 'Not found' })
  stranger.on('GET', `${v1}/gone`, { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'No.' } })
  stranger.on('GET', old, { headers: { 'content-type': 'text/plain' }, body: 'from of old' })
  t.same([await textAt('old'), await textAt('older'), await textAt('gone')], ['from of old', 'from of old', '404'])
  const asked = stranger.requests.filter(({ url }) => old.test(url))
  t.ok(asked.length === 2 && asked.every(({ url }) => url.includes('allow_remote=false')))
})

t.test('Pictures of other servers have small forms', async (t) => {
  const picture = await sharp({ create: { width: 300, height: 200, channels: 3, background: 'red' } }).png().toBuffer()
  const upload = await two.server.api.post('/_matrix/media/v3/upload', {
    token: bob.token, body: picture, headers: { 'content-type': 'image/png' },
  })
  const path = String(upload.body['content_uri']).slice('mxc://'.length)
  const answer = await fetch(`${one.server.url}/_matrix/client/v1/media/thumbnail/${path}?width=32&height=32&method=crop`, {
    headers: { authorization: `Bearer ${alice.token}` },
  })
  t.equal(answer.headers.get('content-type'), 'image/png')
  t.equal(Buffer.from(await answer.arrayBuffer()).toString('latin1', 1, 4), 'PNG')
})

t.test('Files of other servers go when nobody looks at them, or when there is no room, and come again', async (t) => {
  const at = '/_matrix/federation/v1/media/download/'
  const asked = (name: string) => stranger.requests.filter(({ url }) => url.startsWith(`${at}${name}`)).length
  stranger.on('GET', /^\/_matrix\/federation\/v1\/media\/download\/kept/, ({ url }) => ({
    headers: { 'content-type': 'multipart/mixed; boundary=b' },
    body: `--b\r\n\r\n{}\r\n--b\r\nContent-Type: text/plain\r\n\r\n${url.slice(-30).padStart(60, 'x')}\r\n--b--`,
  }))
  const { media } = one.server.services
  const look = async (...names: string[]) => {
    for (const name of names) t.match(await textAt(name), /^x+/)
  }
  await look('kept1', 'kept2')
  await age(50)
  await media.deleteExpired()
  await look('kept1')
  t.equal(asked('kept1'), 1)
  await age(50)
  await media.deleteExpired()
  await look('kept1', 'kept2')
  t.same([asked('kept1'), asked('kept2')], [1, 2], 'what was looked at is kept')

  const small = new RemoteFiles({
    db: database.db, clock, files: new MediaFiles({ folder: one.server.services.config.media.path, random: systemRandom }),
    signedRequests: one.server.services.signedRequests, webClient: one.server.services.webClient,
    uploadBytesMax: 1000, remoteKeptMs: undefined, remoteBytesMax: 100,
  })
  await age(2)
  await look('kept2')
  await small.evict()
  await look('kept2', 'kept1')
  t.same([asked('kept1'), asked('kept2')], [2, 2], 'the longest unseen goes')
})
