import { MatrixError } from '../matrix/errors.ts'
import { serverNameOf } from '../matrix/ids.ts'
import { ownValue } from '../matrix/json.ts'
import type { Names } from '../store/names.ts'
import { WHOLE_ACCOUNT } from '../store/users/account-data.ts'
import type { AccountData } from './account-data.ts'

export interface InvitePermissionsParts {
  readonly accountData: Pick<AccountData, 'find'>
  readonly names: Pick<Names, 'findUser'>
  readonly serverName: string
}

/** Who of this server wants no invites (Client-Server API, Invite permission: `m.invite_permission_config`). */
export class InvitePermissions {
  readonly #parts: InvitePermissionsParts

  constructor(parts: InvitePermissionsParts) {
    this.#parts = parts
  }

  async areBlocked(user: number): Promise<boolean> {
    const config = await this.#parts.accountData.find(user, WHOLE_ACCOUNT, 'm.invite_permission_config')
    return config !== undefined && ownValue(config, 'default_action') === 'block'
  }

  /** For users of other servers it is these that ask. Throws M_INVITE_BLOCKED. */
  async check(userId: string): Promise<void> {
    const { names, serverName } = this.#parts
    const user = serverNameOf(userId) === serverName ? await names.findUser(userId) : undefined
    if (user !== undefined && await this.areBlocked(user)) throw new MatrixError('M_INVITE_BLOCKED', `${userId} takes no invites.`)
  }
}
