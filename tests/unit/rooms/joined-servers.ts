import t from 'tap'
import { JoinedServers } from '../../../src/rooms/joined-servers.ts'

const listed = (servers: Iterable<string> | undefined) => servers === undefined ? undefined : [...servers].sort()

t.test('who has users in a room, and had a little while ago', async (t) => {
  const servers = new JoinedServers(10)
  servers.add('@a:one', 1)
  servers.add('@b:one', 1)
  servers.add('@c:two', 1)
  t.same(listed(servers.list()), ['one', 'two'])
  t.equal(servers.around(10), undefined, 'what was before is not known')
  t.same(listed(servers.around(11)), ['one', 'two'])

  servers.add('@d:three', 1, 20)
  servers.add('@c:two', -1, 21)
  servers.add('@b:one', -1, 22)
  servers.add('@c:two', 1, 23)
  t.same(listed(servers.list()), ['one', 'three', 'two'])
  t.same(listed(servers.around(19)), ['one', 'two'], 'who came later had not come')
  t.same(listed(servers.around(20)), ['one', 'three', 'two'], 'who comes gets the event that lets it in')
  t.same(listed(servers.around(21)), ['one', 'three', 'two'], 'whose last user leaves gets the event that says so')
  t.same(listed(servers.around(22)), ['one', 'three'], 'and nothing after it')
  t.same(listed(servers.around(23)), ['one', 'three', 'two'])
  t.notOk(servers.has('four'))
})

t.test('only so many moves are remembered', async (t) => {
  const servers = new JoinedServers(0)
  for (let pos = 1; pos <= 1000; pos += 1) servers.add('@a:one', pos % 2 === 1 ? 1 : -1, pos)
  t.equal(servers.around(500), undefined)
  t.same(listed(servers.around(1000)), ['one'])
  t.same(listed(servers.around(1001)), [])
})
