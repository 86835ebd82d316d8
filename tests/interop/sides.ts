import { join } from 'node:path'
import { findFreePort } from '../../bench/contenders/contender.ts'
import { HearthProcess } from '../soak/hearth-process.ts'
import { createApi, type Api } from '../support/api.ts'
import { certificateFiles, TEST_CA_FILE } from '../support/peers.ts'
import { Person } from './person.ts'
import { SynapseProcess } from './synapse.ts'

/** One of two servers that share rooms. */
export interface Side {
  readonly name: 'Hearth' | 'Synapse'
  readonly serverName: string
  /** Where clients find it. */
  readonly url: string
  register(localpart: string): Promise<Person>
  start(): Promise<void>
  stop(): Promise<void>
  /** As the kernel kills: nothing can be finished. */
  kill(): Promise<void>
  /** Its processes stand still, as if the network were gone, until they go on. */
  pause(): void
  resume(): void
}

/** Where a room is made, and the server that comes to it. */
export interface Pair {
  readonly home: Side
  readonly away: Side
}

async function register(api: Api, localpart: string): Promise<Person> {
  const body = { username: `${localpart}-${names += 1}`, password: 'correct horse battery', auth: { type: 'm.login.dummy' } }
  const answer = await api.post('/_matrix/client/v3/register', { body })
  if (answer.status !== 200) throw new Error(`${localpart} was not registered: ${answer.text}`)
  return new Person(api, answer.body as ConstructorParameters<typeof Person>[1])
}

let names = 0

/** A Hearth that others find over TLS on loopback. */
export async function createHearth(folder: string): Promise<Side> {
  const [clients, others] = [await findFreePort(), await findFreePort()]
  const serverName = `127.0.0.1:${others}`
  const process = new HearthProcess(folder, clients, { changes: {
    server_name: serverName,
    listeners: [
      { bind: '127.0.0.1', port: clients, resources: ['client'] },
      { bind: '127.0.0.1', port: others, resources: ['federation'], tls: certificateFiles() },
    ],
    federation: { ca_file: TEST_CA_FILE, allow_private_addresses: true },
    registration: { enabled: true },
    log: { level: 'info', format: 'json' },
  } })
  const api = createApi(process.url)
  return {
    name: 'Hearth', serverName, url: process.url,
    register: (localpart) => register(api, localpart),
    start: async () => void await process.start(),
    stop: () => process.stop(),
    kill: () => process.kill(),
    pause: () => process.signal('SIGSTOP'),
    resume: () => process.signal('SIGCONT'),
  }
}

async function createSynapse(folder: string): Promise<Side> {
  const process = await SynapseProcess.create(folder)
  return {
    name: 'Synapse', serverName: process.serverName, url: process.api.url,
    register: (localpart) => register(process.api, localpart),
    start: () => process.start(),
    stop: () => process.end('SIGTERM'),
    kill: () => process.end('SIGKILL'),
    pause: () => process.signal('SIGSTOP'),
    resume: () => process.signal('SIGCONT'),
  }
}

export async function createSides(folder: string): Promise<{ hearth: Side, synapse: Side }> {
  return { hearth: await createHearth(join(folder, 'hearth')), synapse: await createSynapse(join(folder, 'synapse')) }
}
