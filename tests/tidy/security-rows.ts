import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './source.ts'

/** What the case of a row is for that is not answered yet, or that no test can show. */
interface Missing { readonly missing: string }

const missing = (reason: string): Missing => ({ missing: reason })

const HOSTILE = 'tests/federation/hostile'
const MEMBERSHIP = 'tests/federation/membership'
const INPUTS = 'tests/api/bad-inputs'
const NO_PREVIEWS = missing('There are no URL previews yet.')
const NO_ADMIN = missing('The administration API is not served yet.')
const NO_MAIL = missing('No mail is sent yet.')
const NO_SSO = missing('There is no single sign-on yet.')
const MEASURED = missing('It is a figure, and figures are measured by bench/ and soak.')

/** The rows on advisories of the list of security anchors, each with the file that has its case. */
const ADVISORIES: readonly (string | Missing)[] = [
  // A1 to A15: origin, signatures, what gets our signature.
  `${MEMBERSHIP}/hostile-peer.ts`, `${MEMBERSHIP}/hostile-peer.ts`, `${MEMBERSHIP}/hostile-peer.ts`, `${HOSTILE}/requests.ts`,
  `${HOSTILE}/events.ts`, 'tests/federation/receiving/transactions.ts', `${HOSTILE}/requests.ts`, `${HOSTILE}/edus.ts`,
  'tests/federation/receiving/hostile.ts', `${HOSTILE}/events.ts`, `${HOSTILE}/events.ts`, `${MEMBERSHIP}/hostile-peer.ts`,
  'tests/api/rooms/aliases.ts', `${HOSTILE}/requests.ts`, `${HOSTILE}/requests.ts`,
  // A16 to A31: authorisation, state, the graph.
  `${HOSTILE}/events.ts`, `${HOSTILE}/events.ts`, 'tests/federation/receiving/hostile.ts', `${HOSTILE}/events.ts`,
  `${HOSTILE}/events.ts`, 'tests/store/auth-chains.test.ts', 'tests/federation/receiving/hostile.ts', `${HOSTILE}/json.ts`,
  `${HOSTILE}/requests.ts`, `${HOSTILE}/events.ts`, `${HOSTILE}/events.ts`, `${HOSTILE}/edus.ts`, `${HOSTILE}/events.ts`,
  `${HOSTILE}/json.ts`, 'tests/federation/receiving/hostile.ts', MEASURED,
  // A32 to A39: who reads what.
  `${HOSTILE}/access.ts`, `${HOSTILE}/access.ts`, missing('There is no sliding sync yet.'), `${HOSTILE}/edus.ts`, `${HOSTILE}/edus.ts`,
  'tests/api/rooms-reading-history.test.ts', `${INPUTS}/auth.ts`, NO_ADMIN,
  // A40 to A48: sessions, pages, mail.
  'tests/api/accounts.test.ts', 'tests/api/accounts-kept.test.ts', NO_SSO, 'tests/api/pages.test.ts', NO_MAIL, NO_MAIL, NO_MAIL,
  missing('No link is made of what a request says of its host.'), `${INPUTS}/auth.ts`,
  // A49 to A54: requests of ours.
  `${HOSTILE}/outbound.ts`, NO_PREVIEWS, `${HOSTILE}/outbound.ts`, NO_PREVIEWS, `${HOSTILE}/outbound.ts`,
  'tests/api/http-connections.test.ts',
  // A55 to A61: files.
  'tests/api/media.test.ts', 'tests/api/media.test.ts', missing('Files of others are not rationed by what they weigh yet.'),
  `${HOSTILE}/outbound.ts`, `${INPUTS}/kept.ts`, 'tests/api/media.test.ts', `${INPUTS}/json.ts`,
  // A62 to A72: what is made to cost much.
  'tests/unit/matrix/policy-cases.ts', `${HOSTILE}/json.ts`, `${MEMBERSHIP}/third-party.ts`, `${HOSTILE}/events.ts`,
  `${HOSTILE}/access.ts`, 'tests/api/http-connections.test.ts', 'tests/api/rooms/limits.ts', `${HOSTILE}/events.ts`,
  `${HOSTILE}/device-lists.ts`,
  `${HOSTILE}/outbound.ts`, 'tests/federation/receiving/hostile.ts',
]

/** Of the rows on bad inputs those of federation; all others have their cases among tests/api/bad-inputs. */
const FEDERATION_INPUTS: ReadonlyMap<number, string> = new Map([
  ...[1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14].map((row) => [row, `${HOSTILE}/json.ts`] as const),
  [9, 'tests/federation/receiving/hostile.ts'],
  ...[79, 80, 81, 82, 83, 84, 85, 86, 87, 89, 90, 91, 92, 94].map((row) => [row, `${HOSTILE}/requests.ts`] as const),
  [88, `${HOSTILE}/events.ts`], [93, `${HOSTILE}/outbound.ts`], [95, `${HOSTILE}/events.ts`],
])

const ADVISORIES_COUNT = 72

/** Rows without a case, and cases that are not where the table says. */
export function findRowsWithoutCase(): string[] {
  const texts = new Map<string, string>()
  const hasCase = (row: string, path: string): boolean => {
    const text = texts.get(path) ?? readFileSync(join(ROOT, path), 'utf8')
    texts.set(path, text)
    return new RegExp(`\\b${row}\\b`).test(text)
  }
  const rows: [row: string, path: string | Missing][] = [
    ...ADVISORIES.map((path, index): [string, string | Missing] => [`A${index + 1}`, path]),
    ...[...FEDERATION_INPUTS].map(([row, path]): [string, string] => [`B${row}`, path]),
  ]
  const lost = rows.filter(([row, path]) => typeof path === 'string' && !hasCase(row, path)).map(([row, path]) => `${row}: ${String(path)}`)
  return ADVISORIES.length === ADVISORIES_COUNT ? lost : [...lost, `${ADVISORIES.length} rows of ${ADVISORIES_COUNT}`]
}
