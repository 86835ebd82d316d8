import { Lru } from '../util/lru.ts'
import type { SentMembers } from './context.ts'

const REMEMBERED_MAX = 4_000_000

/** What a client has, as far as it has shown by the token that it came back with. */
class ClientMembers {
  readonly sent = new Set<number>()
  /** What went out with the last answer, for which the client has not come back yet. */
  pending: number[] = []
  token = ''
}

/**
 * Which members clients have been given. It is certain only of a client that comes back with the token of the answer:
 * one with any other token is given all members again, which is never wrong (Client-Server API, Lazy-loading room members).
 */
export class LazyMembers {
  readonly #clients = new Lru<string, ClientMembers>(REMEMBERED_MAX, { weigh: ({ sent, pending }) => 1 + sent.size + pending.length })

  /** What the client has that comes with a token; `answered` notes the token of the answer. */
  open(client: string, token: string | undefined): SentMembers & { answered(token: string): void } {
    const known = this.#clients.get(client)
    const members = known !== undefined && token !== undefined && known.token === token ? known : new ClientMembers()
    for (const nid of members.pending) members.sent.add(nid)
    members.pending = []
    const added: number[] = []
    return {
      has: (nid) => members.sent.has(nid),
      add: (nid) => {
        added.push(nid)
      },
      answered: (next) => {
        members.token = next
        members.pending = added
        // Of the many who wait in quiet rooms there is nothing to be remembered.
        if (members.sent.size + added.length > 0) this.#clients.set(client, members)
        else this.#clients.delete(client)
      },
    }
  }
}
