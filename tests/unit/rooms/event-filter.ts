import t from 'tap'
import { likePattern, matchesStars } from '../../../src/rooms/reading/event-filter.ts'

t.test('A star stands for any characters, and everything else for itself', (t) => {
  const cases: readonly [pattern: string, text: string, fits: boolean][] = [
    ['m.room.message', 'm.room.message', true], ['m.room.message', 'm.room.messages', false], ['m.room.*', 'm.room.message', true],
    ['m.room.*', 'm.room', false], ['*', '', true], ['*', 'anything', true], ['*.message', 'm.room.message', true],
    ['m.*.m', 'm.m', false], ['m.*.m', 'm..m', true], ['m*m', 'm', false], ['a*b*c', 'axxbyyc', true], ['a*b*c', 'axxc', false],
    ['a*b*b', 'ab', false], ['a*ab*b', 'aabab', true], ['a**b', 'ab', true], ['?', 'x', false], ['?', '?', true],
    ['a.c', 'abc', false], ['', '', true], ['', 'x', false],
  ]
  for (const [pattern, text, fits] of cases) t.equal(matchesStars(pattern, text), fits, `${pattern} and ${text}`)
  t.end()
})

t.test('For LIKE, its own wildcards are escaped', (t) => {
  t.equal(likePattern('a_b%c\\d*e'), 'a\\_b\\%c\\\\d%e')
  t.end()
})
