import { notABaseUrl, notAPostgresUrl, notAServerName } from '../config/complaints.ts'
import { OperatorError } from '../util/operator-error.ts'
import { ask, canAsk } from './ask.ts'

export interface InitAnswers {
  readonly serverName: string
  readonly publicBaseurl: string
  readonly registration: Registration
  /** Undefined for the embedded database. */
  readonly databaseUrl: string | undefined
  readonly dataDir: string
}

export const REGISTRATIONS = ['closed', 'token', 'open'] as const
export type Registration = (typeof REGISTRATIONS)[number]

/** What may be given as options; the rest is asked, or has its default where nobody can be asked. */
export interface InitOptions {
  readonly serverName?: string
  readonly publicBaseurl?: string
  readonly registration?: string
  readonly databaseUrl?: string
  readonly dataDir?: string
  readonly yes?: boolean
}

interface Question {
  readonly given: string | undefined
  readonly option: string
  readonly text: string
  readonly suggestion: string
  readonly complain?: (answer: string) => string | undefined
}

const EMBEDDED = 'embedded'

/** The five answers that a configuration is made of. Errors: an OperatorError for an option that cannot be. */
export async function collectAnswers(options: InitOptions, note: (text: string) => void): Promise<InitAnswers> {
  const find = (question: Question): Promise<string> => answer(question, options.yes === true, note)
  const serverName = await find({
    given: options.serverName, option: '--server-name', suggestion: '', complain: notAServerName,
    text: '1. Which name stands behind the colon, as in @alice:example.org? It can never be changed.',
  })
  const publicBaseurl = await find({
    given: options.publicBaseurl,
    option: '--public-baseurl',
    suggestion: `https://${serverName.replace(/:\d+$/, '')}`,
    complain: notABaseUrl,
    text: '2. At which address do clients reach this server from outside?',
  })
  const registration = await find({
    given: options.registration, option: '--registration', suggestion: 'closed', complain: notARegistration,
    text: '3. Who may register: nobody (closed), people with a token (token), or everybody (open)?',
  })
  const database = await find({
    given: options.databaseUrl, option: '--database-url', suggestion: EMBEDDED,
    complain: (url) => (url === EMBEDDED ? undefined : notAPostgresUrl(url)),
    text: '4. Which PostgreSQL: the embedded one, or the URL of yours?',
  })
  const dataDir = await find({
    given: options.dataDir,
    option: '--data-dir',
    suggestion: './data',
    text: '5. In which folder is the data kept?',
  })
  return {
    serverName, publicBaseurl: publicBaseurl.replace(/\/+$/, ''), registration: registrationOf(registration),
    databaseUrl: database === EMBEDDED ? undefined : database, dataDir,
  }
}

const registrationOf = (word: string): Registration => REGISTRATIONS.find((known) => known === word) ?? 'closed'

const notARegistration = (word: string): string | undefined =>
  REGISTRATIONS.some((known) => known === word) ? undefined : `must be one of ${REGISTRATIONS.join(', ')}`

async function answer(
  { given, option, text, suggestion, complain }: Question,
  isSilent: boolean,
  note: (text: string) => void,
): Promise<string> {
  const check = (value: string): string | undefined => (value === '' ? 'must be given' : complain?.(value))
  if (given !== undefined || isSilent || !canAsk()) {
    const value = given ?? suggestion
    const complaint = check(value)
    if (complaint !== undefined) {
      // The text of a question begins with its number.
      const hint = value === '' && !isSilent ? ` Nobody can be asked here, without a terminal: ${text.replace(/^\d\. /, '')}` : ''
      throw new OperatorError(`${option} ${complaint}.${hint}`)
    }
    if (given === undefined && !isSilent) note(`  ${option} ${value}`)
    return value
  }
  for (;;) {
    const value = await ask(text, suggestion)
    const complaint = check(value)
    if (complaint === undefined) return value
    note(`   That ${complaint}.`)
  }
}
