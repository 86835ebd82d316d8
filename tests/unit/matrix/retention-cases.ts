import t from 'tap'
import { effectiveLifetime, findRetentionProblem, retentionPolicyOf } from '../../../src/matrix/retention.ts'

const NONE = { minLifetimeMs: undefined, maxLifetimeMs: undefined }
const FREE = { defaultPolicy: NONE, allowedLifetimeMinMs: undefined, allowedLifetimeMaxMs: undefined }

export function testRetention(): void {
  t.test('How long messages are kept', async (t) => {
    const of = (content: object, bounds: Partial<typeof FREE> | object = {}): number | undefined => (
      effectiveLifetime(retentionPolicyOf(content as never), { ...FREE, ...bounds })
    )
    t.equal(of({}), undefined)
    t.equal(of({ max_lifetime: 5 }), 5)
    t.equal(of({ min_lifetime: 5 }), undefined, 'what must be kept for a time may be kept for ever')
    t.equal(of({ max_lifetime: 5, min_lifetime: 7 }), 7, 'what must be kept is')
    const defaultPolicy = { minLifetimeMs: undefined, maxLifetimeMs: 10 }
    t.equal(of({}, { defaultPolicy }), 10)
    t.equal(effectiveLifetime(undefined, { ...FREE, defaultPolicy }), 10)
    t.equal(of({ max_lifetime: 20 }, { defaultPolicy }), 20, 'a room may say more than the default')
    t.equal(of({ min_lifetime: 20 }, { defaultPolicy }), 20)
    t.equal(of({ max_lifetime: 20 }, { allowedLifetimeMaxMs: 15 }), 15)
    t.equal(of({ max_lifetime: 20 }, { allowedLifetimeMinMs: 25 }), 25)
    t.equal(of({}, { allowedLifetimeMaxMs: 15 }), undefined, 'bounds alone let nothing expire')
    for (const odd of ['5', -1, 1.5, null, {}, 2 ** 60]) t.equal(of({ max_lifetime: odd }), undefined, `${String(odd)} says nothing`)
  })

  t.test('What a client may say about it', async (t) => {
    t.equal(findRetentionProblem({}), undefined)
    t.equal(findRetentionProblem({ max_lifetime: 5, min_lifetime: 5 }), undefined)
    t.equal(findRetentionProblem({ max_lifetime: null }), undefined)
    t.match(findRetentionProblem({ max_lifetime: '5' }), /max_lifetime is no number/)
    t.match(findRetentionProblem({ min_lifetime: -1 }), /min_lifetime is no number/)
    t.match(findRetentionProblem({ max_lifetime: 4, min_lifetime: 5 }), /greater/)
  })
}
