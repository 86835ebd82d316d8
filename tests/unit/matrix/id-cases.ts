import t from 'tap'
import {
  createEventIdOfRoom, fits255Bytes, isDeviceId, isEventId, isHashRoomId, isMediaId, isRoomAlias, isRoomId,
  isUserId, newUserId, parseMxc, parseUserId, roomIdOfCreateEvent, serverNameOf,
} from '../../../src/matrix/ids.ts'
import { isServerName, parseServerName } from '../../../src/matrix/server-name.ts'

const HASH = 'Nhcu5BS-UMnFX7hBVfVSoXiD7OgH6iRT-xyIuqDnpYQ'

export function testIds(): void {
  t.test('server names', async (t) => {
    for (const name of [
      'matrix.org', 'matrix.org:8888', '1.2.3.4', '1.2.3.4:1234', '[1234:5678::abcd]', '[1234:5678::abcd]:5678', 'localhost', 'A-b.c',
      '[::1]', '[::]', '[::ffff:1.2.3.4]', '[1:2:3:4:5:6:7:8]', 'x:1', '1.2.3', '1.2.3.4.5', 'xn--bcher-kva.example',
    ]) t.ok(isServerName(name), name)
    for (const name of [
      '', ':', 'a:', 'a:b', 'a:99999999', 'a:70000', '[::1', '::1', '[1::2::3]', '[1:2:3]', '[1:2:3:4:5:6:7:8:9]', '[12345::]', '[::g]',
      '[::1.2.3.400]', '256.1.1.1', '..', '-', 'a_b', 'a b', 'a/b', 'a@b', 'bücher.example', 'a\0', '[::1]x', '[]', `${'a'.repeat(256)}`,
    ]) t.notOk(isServerName(name), name)
    t.same(parseServerName('[::1]:80'), { host: '[::1]', port: 80, kind: 'ipv6' })
    t.same(parseServerName('1.2.3.4'), { host: '1.2.3.4', port: undefined, kind: 'ipv4' })
    t.same(parseServerName('Example.org:8448'), { host: 'Example.org', port: 8448, kind: 'dns' })
  })

  t.test('user ids', async (t) => {
    t.same(parseUserId('@alice:example.org:8448'), { localpart: 'alice', serverName: 'example.org:8448' })
    for (const id of ['@a:b', '@:b', '@Älice Ω:b', '@A:b', '@a/b=c+d:b', '@\u0001:b']) t.ok(isUserId(id), id)
    for (const id of ['alice:b', '@alice', '@a:', '@a\0:b', '@a:b c', '@\ud800:b', `@${'a'.repeat(253)}:b`, `@${'é'.repeat(127)}:b`,
      '', 5]) {
      t.notOk(isUserId(id), String(id))
    }
    t.ok(isUserId(`@${'a'.repeat(252)}:b`), '255 bytes')
    t.equal(newUserId('alice', 'b'), '@alice:b')
    for (const localpart of ['', 'Alice', 'a b', 'ä', 'a:b', 'a!', 'a'.repeat(253)]) t.equal(newUserId(localpart, 'b'), undefined,
      localpart)
  })

  t.test('room ids, event ids and aliases', async (t) => {
    for (const id of ['!a:b', `!${HASH}`, '!a b\u0001:b']) t.ok(isRoomId(id), id)
    for (const id of ['!', 'a:b', '!a:b c', '!a\0:b', '!a:', `!${'a'.repeat(255)}`, '!\udc00:b']) t.notOk(isRoomId(id), id)
    for (const id of ['$a:b', `$${HASH}`, '$acR1l0raoZnm60CBwAVgqbZqoO/mYU81xysh1u7XcJk']) t.ok(isEventId(id), id)
    for (const id of ['$', '!a:b', '$a:b/c']) t.notOk(isEventId(id), id)
    t.ok(isHashRoomId(`!${HASH}`))
    t.notOk(isHashRoomId('!a:b'))
    t.equal(roomIdOfCreateEvent(`$${HASH}`), `!${HASH}`)
    t.equal(createEventIdOfRoom(`!${HASH}`), `$${HASH}`)
    for (const alias of ['#a:b', '#Ä Ω:b', '#a#b:b:80']) t.ok(isRoomAlias(alias), alias)
    for (const alias of ['#:b', 'a:b', '#a', '#a\0:b', `#${'a'.repeat(253)}:b`, '#a:b c']) t.notOk(isRoomAlias(alias), alias)
    t.equal(serverNameOf('@a:b:80'), 'b:80')
    t.equal(serverNameOf(`!${HASH}`), undefined)
  })

  t.test('media, devices, lengths', async (t) => {
    t.same(parseMxc('mxc://example.org:80/AbC-_1'), { serverName: 'example.org:80', mediaId: 'AbC-_1' })
    for (const uri of ['mxc://', 'mxc://a', 'mxc://a/', 'mxc:///b', 'http://a/b', 'mxc://a/b/c', 'mxc://a/..', 'mxc://a@b/c',
      'mxc://../b']) {
      t.equal(parseMxc(uri), undefined, uri)
    }
    for (const id of ['..%2f', 'a.b', '', 'a'.repeat(256), 'a/b', 'a\0']) t.notOk(isMediaId(id), id)
    t.ok(isDeviceId('ABC Ω'))
    for (const id of ['', 'a'.repeat(513), 'a\0', '\ud800']) t.notOk(isDeviceId(id))
    t.ok(fits255Bytes('é'.repeat(127)))
    t.notOk(fits255Bytes('é'.repeat(128)))
    t.notOk(fits255Bytes('a'.repeat(256)))
  })
}
