import t from 'tap'
import { formatPlaceToken, formatSyncToken, parsePlaceToken, parseSyncToken, placeBefore } from '../../../src/streams/tokens.ts'

t.test('A token says what was put into it, and everything else is none', async (t) => {
  const token = { epoch: 2, pos: 123_456, toDevice: 99, instance: '0a1b2c3d', ephemeral: 7 }
  t.same(parseSyncToken(formatSyncToken(token)), token)
  t.same(parsePlaceToken(formatSyncToken(token)), { epoch: 2, place: { pos: 123_456, offset: 0 } }, 'a sync token is a place, too')
  for (const place of [{ pos: 5, offset: 0 }, { pos: 5, offset: -3 }]) {
    t.same(parsePlaceToken(formatPlaceToken({ epoch: 1, place })), { epoch: 1, place })
  }
  t.same(placeBefore({ pos: 5, offset: 0 }), { pos: 5, offset: -1 })
  const others = [
    '', 's', 's1_2_3', 's1_2_3_zz_4', 's-1_2_3_ab_4', 's1_2_3_ab_4 ', 't1_2', 't1_-2_3', 't1_2_3_4', `s${'9'.repeat(16)}_2_3_ab_4`,
  ]
  for (const text of others) t.same([parseSyncToken(text), parsePlaceToken(text)], [undefined, undefined], text)
})
