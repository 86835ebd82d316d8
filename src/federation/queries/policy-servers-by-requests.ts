import { isJsonObject, ownValue, type JsonObject } from '../../matrix/json.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { PolicyAnswer, PolicyServers } from '../../rooms/policy-servers.ts'

const PATH = '/_matrix/policy/v1/sign'
const LIMITS = { timeoutMs: 10_000, sizeBytesMax: 64 * 1024 }
const MESSAGE_LENGTH_MAX = 300

/** Asks policy servers for their signature (Server-Server API, POST /_matrix/policy/v1/sign). */
export class PolicyServersByRequests implements PolicyServers {
  readonly #requests: Pick<SignedRequests, 'post'>

  constructor(requests: Pick<SignedRequests, 'post'>) {
    this.#requests = requests
  }

  async sign(serverName: string, event: JsonObject): Promise<PolicyAnswer> {
    const answer = await this.#requests.post(serverName, PATH, event, LIMITS)
    if (!answer.ok) return { ok: false, message: answer.message.slice(0, MESSAGE_LENGTH_MAX) }
    const signatures = ownValue(answer.value, serverName)
    const signature = isJsonObject(signatures) ? ownValue(signatures, 'ed25519:policy_server') : undefined
    return typeof signature === 'string' ? { ok: true, signature } : { ok: false, message: 'It gave no signature.' }
  }
}
