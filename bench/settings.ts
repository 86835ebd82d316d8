import { parseArgs } from 'node:util'

export interface Settings {
  readonly url: string
  readonly sharedSecret: string | undefined
  readonly only: readonly string[] | undefined
  readonly json: string | undefined
  readonly state: string | undefined
  readonly pid: number | undefined
  readonly postgresPid: number | undefined
  /** How long a throughput or idle case is measured, after a warm-up of a fifth of it. */
  readonly seconds: number
  readonly accounts: number
  readonly fanOutSizes: readonly number[]
  readonly fanOutMessages: number
  readonly firstSyncRooms: number
  readonly firstSyncs: number
  readonly idleClients: number
  readonly waitingClients: number
  /** Sizes of the rooms in which growth is measured. */
  readonly memberCounts: readonly number[]
  /** Ages of the rooms in which growth is measured; the greatest is paged through. */
  readonly eventCounts: readonly number[]
  readonly writers: number
  readonly databaseUrl: string | undefined
  readonly diskMembers: number
  readonly diskEvents: number
  readonly inboxMessages: number
  /** Users of whom the keys are asked for. */
  readonly keyOwners: number
}

export const usage = `npm run bench -- --url http://127.0.0.1:8008 [options]

  --shared-secret S      register by /_synapse/admin/v1/register instead of openly
  --only a,b             of: registration, send, fan-out, first-sync, waiting, idle, growth, pagination, concurrency, disk,
                         inbox, keys
  --json F               write the rows to this file too
  --state F              keep accounts and rooms in this file and use them again
  --pid N                the server's process: its CPU and memory are reported, children included
  --postgres-pid N       PostgreSQL's, where it is no child of the server
  --seconds 10           length of each throughput case
  --accounts 200         registrations and logins
  --fan-out 10,100,1000  sizes of the rooms
  --messages 20          messages a fan-out room (a third of it in rooms above 500)
  --rooms 200            rooms of the account that syncs first
  --first-syncs 5        how often it does
  --idle 1000            waiting clients of the idle case
  --waiting 10000        waiting clients of the memory case, 5 rooms each
  --members 10,1000,10000    sizes of the rooms of growth
  --ages 1000,100000     messages in the rooms of growth; pagination reads the longest
  --writers 500          writers of concurrency
  --database-url U       PostgreSQL's, whose size disk reads before and after
  --disk-members 1000    size of the room of disk
  --disk-events 5000     messages, and state events, that disk writes
  --inbox 100000         messages to one device of inbox
  --key-owners 1000      users of whom the keys are asked for
`

export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({ args: [...args], options: optionTypes })
  const number = (text: string | undefined, otherwise: number) => text === undefined ? otherwise : toNumber(text)
  const optionalNumber = (text: string | undefined) => text === undefined ? undefined : toNumber(text)
  if (values.url === undefined) throw new Error('--url is needed: the homeserver to measure')
  return {
    url: values.url,
    sharedSecret: values['shared-secret'],
    only: values.only?.split(','),
    json: values.json,
    state: values.state,
    pid: optionalNumber(values.pid),
    postgresPid: optionalNumber(values['postgres-pid']),
    seconds: number(values.seconds, 10),
    accounts: number(values.accounts, 200),
    fanOutSizes: (values['fan-out'] ?? '10,100,1000').split(',').map(toNumber),
    fanOutMessages: number(values.messages, 20),
    firstSyncRooms: number(values.rooms, 200),
    firstSyncs: number(values['first-syncs'], 5),
    idleClients: number(values.idle, 1000),
    waitingClients: number(values.waiting, 10_000),
    memberCounts: (values.members ?? '10,1000,10000').split(',').map(toNumber),
    eventCounts: (values.ages ?? '1000,100000').split(',').map(toNumber),
    writers: number(values.writers, 500),
    databaseUrl: values['database-url'],
    diskMembers: number(values['disk-members'], 1000),
    diskEvents: number(values['disk-events'], 5000),
    inboxMessages: number(values.inbox, 100_000),
    keyOwners: number(values['key-owners'], 1000),
  }
}

const optionTypes = {
  'url': { type: 'string' },
  'shared-secret': { type: 'string' },
  'only': { type: 'string' },
  'json': { type: 'string' },
  'state': { type: 'string' },
  'pid': { type: 'string' },
  'postgres-pid': { type: 'string' },
  'seconds': { type: 'string' },
  'accounts': { type: 'string' },
  'fan-out': { type: 'string' },
  'messages': { type: 'string' },
  'rooms': { type: 'string' },
  'first-syncs': { type: 'string' },
  'idle': { type: 'string' },
  'waiting': { type: 'string' },
  'members': { type: 'string' },
  'ages': { type: 'string' },
  'writers': { type: 'string' },
  'database-url': { type: 'string' },
  'disk-members': { type: 'string' },
  'disk-events': { type: 'string' },
  'inbox': { type: 'string' },
  'key-owners': { type: 'string' },
} as const

function toNumber(text: string): number {
  const number = Number(text)
  if (text === '' || !Number.isFinite(number) || number < 0) throw new Error(`"${text}" is not a number`)
  return number
}
