import { forbidden } from '../matrix/errors.ts'
import type { JsonObject } from '../matrix/json.ts'
import { compileServerAcl, type ServerAcl } from '../matrix/server-acl.ts'
import type { Room } from '../rooms/room.ts'

/** Which servers rooms let take part (Client-Server API, Server Access Control Lists for rooms). */
export class ServerAcls {
  /** What each `m.room.server_acl` says, made once and kept as long as its content is. */
  readonly #compiled = new WeakMap<JsonObject, ServerAcl>()

  allows(room: Pick<Room, 'state'>, serverName: string): boolean {
    const content = room.state('m.room.server_acl')?.content
    if (content === undefined) return true
    let acl = this.#compiled.get(content)
    if (acl === undefined) this.#compiled.set(content, acl = compileServerAcl(content))
    return acl.allows(serverName)
  }

  /** Throws M_FORBIDDEN. */
  check(room: Pick<Room, 'state'>, serverName: string): void {
    if (!this.allows(room, serverName)) throw forbidden('The server access control list of the room excludes this server.')
  }
}
