import t from 'tap'
import { alice, askOne, one } from './world.ts'

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
