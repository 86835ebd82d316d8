import { isServerName } from '../matrix/server-name.ts'

/** Which servers there is any talk with. */
export class FederationPolicy {
  readonly #serverName: string
  readonly #isEnabled: boolean
  readonly #allowlist: ReadonlySet<string> | undefined

  constructor(options: { serverName: string, enabled: boolean, domainAllowlist: readonly string[] | undefined }) {
    this.#serverName = options.serverName
    this.#isEnabled = options.enabled
    this.#allowlist = options.domainAllowlist === undefined ? undefined : new Set(options.domainAllowlist)
  }

  /** Why there is no talk with a server, for people; undefined if there is. */
  findObjection(serverName: string): string | undefined {
    if (!this.#isEnabled) return 'This server does not talk to other servers.'
    if (serverName === this.#serverName) return 'That is this server itself.'
    if (!isServerName(serverName)) return 'That is not the name of a server.'
    if (this.#allowlist?.has(serverName) === false) return `This server does not talk to ${serverName}.`
    return undefined
  }
}
