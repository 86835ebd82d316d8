import t from 'tap'
import { literalPrefix } from '../../../src/util/literal-prefix.ts'

t.test('How all begins that a regular expression fits', (t) => {
  const table: readonly (readonly [string, string])[] = [
    ['@_irc_.*:localhost', '@_irc_'],
    ['@irc\\.bot:example\\.org', '@irc.bot:example.org'],
    ['@a\\-b', '@a-b'],
    ['@irc_?.*', '@irc'],
    ['@irc_{2}', '@irc'],
    ['@ab+', '@ab'],
    ['@a|@b', ''],
    ['@\\w+', '@'],
    ['(@a)', ''],
    ['.*', ''],
    ['', ''],
    ['@a\\', '@a'],
  ]
  for (const [regex, prefix] of table) t.equal(literalPrefix(regex), prefix, regex)
  t.end()
})
