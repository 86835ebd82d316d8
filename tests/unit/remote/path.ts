import t from 'tap'
import { federationPath, withQuery } from '../../../src/remote/path.ts'

t.test('paths between servers are encoded part by part', async (t) => {
  const path = federationPath('v1', 'make_join', '!r/o?m:a.test', '@u#:a.test')
  t.equal(path, '/_matrix/federation/v1/make_join/!r%2Fo%3Fm%3Aa.test/%40u%23%3Aa.test')
  t.equal(withQuery(path, { ver: ['1', '2'], limit: 5, none: undefined, on: true }), `${path}?ver=1&ver=2&limit=5&on=true`)
  t.equal(withQuery(path, { none: undefined }), path)
  t.equal(withQuery('/x', { a: 'b c+d&é' }), '/x?a=b%20c%2Bd%26%C3%A9')
})
