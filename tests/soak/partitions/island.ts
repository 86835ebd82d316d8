// A Hearth of its own, which others reach through a gate.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFreePort } from '../../../bench/contenders/contender.ts'
import { Homeserver } from '../../../bench/homeserver.ts'
import { certificateFiles, TEST_CA_FILE } from '../../support/peers.ts'
import { HearthProcess } from '../hearth-process.ts'
import { Gate } from './gate.ts'

/** One of several servers that share a room. */
export interface Island {
  readonly serverName: string
  readonly homeserver: Homeserver
}

const root = join(import.meta.dirname, '../../..')

export class IslandProcess implements Island {
  readonly serverName: string
  readonly homeserver: Homeserver
  readonly gate: Gate
  readonly process: HearthProcess
  readonly #configFile: string

  static async start(folder: string): Promise<IslandProcess> {
    const [clients, others, open] = [await findFreePort(), await findFreePort(), await findFreePort()]
    const island = new IslandProcess(folder, { clients, others, open })
    await Promise.all([island.process.start(), island.gate.open()])
    return island
  }

  /** `open` is where others find it, `others` where it listens for them behind the gate. */
  constructor(folder: string, { clients, others, open }: { readonly clients: number, readonly others: number, readonly open: number }) {
    this.serverName = `127.0.0.1:${open}`
    this.gate = new Gate(open, others)
    this.#configFile = join(folder, 'hearth.yaml')
    this.process = new HearthProcess(folder, clients, { changes: {
      server_name: this.serverName,
      listeners: [
        { bind: '127.0.0.1', port: clients, resources: ['client', 'metrics'] },
        { bind: '127.0.0.1', port: others, resources: ['federation'], tls: certificateFiles() },
      ],
      federation: { ca_file: TEST_CA_FILE, allow_private_addresses: true },
      log: { level: 'info', format: 'json' },
    } })
    this.homeserver = new Homeserver(this.process.url, this.process.sharedSecret)
  }

  /** What `hearth room check` says of a room; whether it holds. */
  async check(roomId: string): Promise<{ readonly isSound: boolean, readonly output: string }> {
    const args = [join(root, 'bin/hearth.mjs'), 'room', 'check', roomId, '--config', this.#configFile]
    return promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 }).then(
      ({ stdout }) => ({ isSound: true, output: stdout }),
      (error: { readonly stdout?: string, readonly stderr?: string }) => ({ isSound: false, output: `${error.stdout}${error.stderr}` }),
    )
  }

  async stop(): Promise<void> {
    await this.gate.shut()
    await this.process.stop()
  }
}
