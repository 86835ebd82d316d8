import { serverNameOf } from '../../matrix/ids.ts'
import { ownValue } from '../../matrix/json.ts'
import type { Members } from '../../members/members.ts'
import type { Transaction } from '../../store/database.ts'
import { insertKeysChange } from '../../store/device-lists.ts'
import type { Names } from '../../store/names.ts'
import type { Change } from '../../streams/changes.ts'
import type { Stream } from '../../streams/stream.ts'
import type { EduHandler } from '../receiving/edu-handlers.ts'

export interface InboundDeviceListsDeps {
  readonly stream: Stream
  readonly names: Names
  readonly members: Members
}

/**
 * `m.device_list_update` and `m.signing_key_update`: a user of the server has other devices or keys. Nothing of them is kept
 * here that an update could be missing from: who meets the user asks for the keys anew, and those are asked of the server
 * (Server-Server API, Device Management).
 */
export function inboundDeviceLists({ stream, names, members }: InboundDeviceListsDeps): EduHandler {
  return {
    isKept: true,
    async take(origin, content) {
      const userId = ownValue(content, 'user_id')
      if (typeof userId !== 'string' || serverNameOf(userId) !== origin) return
      const user = await names.findUser(userId)
      // Whom nobody meets nobody follows.
      if (user === undefined || (await members.listElsewhere([user])).size === 0) return
      await stream.transact(() => Promise.resolve({
        value: undefined,
        positions: 1,
        async write(trx: Transaction, pos: number): Promise<Change[]> {
          await insertKeysChange(trx, user, pos)
          return [{ kind: 'device-list', user, pos }]
        },
      }))
    },
  }
}
