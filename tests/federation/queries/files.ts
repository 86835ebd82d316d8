import t from 'tap'
import { alice, askOne, bob, one, stranger, two } from './world.ts'

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
