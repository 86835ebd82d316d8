import t from 'tap'
import { Resolver, type Resolution } from '../../../src/remote/resolver.ts'
import type { WellKnown } from '../../../src/remote/well-known.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { TestNetwork } from '../../support/test-network.ts'

const NONE: WellKnown = { ok: false, isFinal: true, message: 'none' }

interface World {
  /** What m.server says. */
  readonly wellKnown?: string
  /** SRV records by name: host and port. */
  readonly services?: Readonly<Record<string, readonly [host: string, port: number]>>
}

function build({ wellKnown, services = {} }: World, network = new TestNetwork()) {
  const clock = new FakeClock()
  for (const [name, [host, port]] of Object.entries(services)) network.addServices(name, { name: host, port })
  const wellKnowns = {
    find: async (): Promise<WellKnown> => wellKnown === undefined ? NONE : { ok: true, delegatedName: wellKnown },
    forget: () => undefined,
  }
  return { resolver: new Resolver({ network, wellKnowns, clock, random: systemRandom }), network, clock }
}

/** `where it connects to | the name in the certificate | the Host header` */
function shown(resolution: Resolution): string {
  if (!resolution.ok) return `no: ${resolution.message}`
  return resolution.targets.map(({ endpoint: { host, port, certificateName }, host: header }) =>
    `${host} ${port} | ${certificateName} | ${header}`).join(', ')
}

const FED = '_matrix-fed._tcp'
const OLD = '_matrix._tcp'

const CASES: readonly (readonly [step: string, serverName: string, world: World, expected: string])[] = [
  ['1: an IPv4 address', '9.9.9.9', { wellKnown: 'else.test:1' }, '9.9.9.9 8448 | 9.9.9.9 | 9.9.9.9'],
  ['1: an IPv4 address with a port', '9.9.9.9:81', {}, '9.9.9.9 81 | 9.9.9.9 | 9.9.9.9:81'],
  ['1: an IPv6 address', '[2a00::1]', {}, '2a00::1 8448 | 2a00::1 | [2a00::1]'],
  ['1: an IPv6 address with a port', '[2a00::1]:81', {}, '2a00::1 81 | 2a00::1 | [2a00::1]:81'],
  ['2: a port', 'a.test:81', { wellKnown: 'else.test', services: { [`${FED}.a.test`]: ['b.test', 2] } }, 'a.test 81 | a.test | a.test:81'],
  ['2: the default port, written', 'a.test:8448', {}, 'a.test 8448 | a.test | a.test:8448'],
  ['3.1: delegated to an address', 'a.test', { wellKnown: '9.9.9.9' }, '9.9.9.9 8448 | 9.9.9.9 | 9.9.9.9'],
  ['3.1: delegated to an address with a port', 'a.test', { wellKnown: '9.9.9.9:81' }, '9.9.9.9 81 | 9.9.9.9 | 9.9.9.9:81'],
  ['3.1: delegated to an IPv6 address', 'a.test', { wellKnown: '[2a00::1]:81' }, '2a00::1 81 | 2a00::1 | [2a00::1]:81'],
  [
    '3.2: delegated to a port', 'a.test', { wellKnown: 'd.test:81', services: { [`${FED}.d.test`]: ['b.test', 2] } },
    'd.test 81 | d.test | d.test:81',
  ],
  [
    '3.3: SRV of the delegated name', 'a.test',
    {
      wellKnown: 'd.test',
      services: { [`${FED}.d.test`]: ['b.test', 2], [`${OLD}.d.test`]: ['c.test', 3], [`${FED}.a.test`]: ['x.test', 4] },
    },
    'b.test 2 | d.test | d.test',
  ],
  [
    '3.4: deprecated SRV of the delegated name', 'a.test', { wellKnown: 'd.test', services: { [`${OLD}.d.test`]: ['c.test', 3] } },
    'c.test 3 | d.test | d.test',
  ],
  [
    '3.5: the delegated name', 'a.test', { wellKnown: 'd.test', services: { [`${FED}.a.test`]: ['x.test', 4] } },
    'd.test 8448 | d.test | d.test',
  ],
  ['4: SRV', 'a.test', { services: { [`${FED}.a.test`]: ['b.test', 2], [`${OLD}.a.test`]: ['c.test', 3] } }, 'b.test 2 | a.test | a.test'],
  ['5: deprecated SRV', 'a.test', { services: { [`${OLD}.a.test`]: ['c.test', 3] } }, 'c.test 3 | a.test | a.test'],
  ['6: the name itself', 'a.test', {}, 'a.test 8448 | a.test | a.test'],
  ['SRV that says no', 'a.test', { services: { [`${FED}.a.test`]: ['.', 0] } }, `no: ${FED}.a.test says that there is no such service.`],
  ['no server name', 'a_b', {}, 'no: a_b is no server name.'],
]

for (const [step, serverName, world, expected] of CASES) {
  t.test(`resolving, step ${step}: ${serverName}`, async (t) => {
    t.equal(shown(await build(world).resolver.resolve(serverName)), expected)
  })
}

t.test('SRV records are tried by priority, and DNS that is silent about them is no end', async (t) => {
  const network = new TestNetwork()
  const first = { name: 'first.test', port: 1, priority: 10, weight: 0 }
  network.addServices(`${FED}.a.test`, { name: 'second.test', port: 2, priority: 20 }, first)
  t.equal(shown(await build({}, network).resolver.resolve('a.test')), 'first.test 1 | a.test | a.test, second.test 2 | a.test | a.test')
  network.silent.add(`${FED}.b.test`).add(`${OLD}.b.test`)
  t.equal(shown(await build({}, network).resolver.resolve('b.test')), 'b.test 8448 | b.test | b.test')
})

t.test('weights are chances', async (t) => {
  const firsts = { heavy: 0, light: 0, none: 0 }
  for (let round = 0; round < 300; round++) {
    const network = new TestNetwork()
    network.addServices(`${FED}.a.test`,
      { name: 'none.test', port: 1, weight: 0 }, { name: 'heavy.test', port: 1, weight: 90 }, { name: 'light.test', port: 1, weight: 10 })
    const [first = 'none'] = shown(await build({}, network).resolver.resolve('a.test')).split('.')
    firsts[first as keyof typeof firsts] += 1
  }
  t.ok(firsts.heavy > 200 && firsts.light > 5 && firsts.none < 30, JSON.stringify(firsts))
})

t.test('an answer is kept for a while, and looked for once by all who come together', async (t) => {
  const { resolver, network, clock } = build({ services: { [`${FED}.a.test`]: ['b.test', 2] } })
  await Promise.all([resolver.resolve('a.test'), resolver.resolve('a.test')])
  t.equal(network.questions.length, 1)
  clock.advance(4 * 60_000)
  await resolver.resolve('a.test')
  t.equal(network.questions.length, 1)
  clock.advance(60_000)
  await resolver.resolve('a.test')
  t.equal(network.questions.length, 2)
  resolver.forget('a.test')
  await resolver.resolve('a.test')
  t.equal(network.questions.length, 3)
})
