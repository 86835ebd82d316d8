import { createHash } from 'node:crypto'
import type { Encryption } from '../../encryption/encryption.ts'
import { parseUserId } from '../../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject } from '../../matrix/json.ts'
import type { EduHandler } from '../receiving/edu-handlers.ts'
import type { UnknownDevices } from './unknown-devices.ts'

export interface InboundToDeviceParts {
  readonly encryption: Pick<Encryption, 'toDevice'>
  readonly unknownDevices: Pick<UnknownDevices, 'look'>
}

const MESSAGE_ID_LENGTH_MAX = 1000

/**
 * `m.direct_to_device`: messages of a user of the server to devices of ours. One that comes a second time, under its
 * server's name for it, is passed over (Server-Server API, Send-to-device messaging).
 */
export function inboundToDevice({ encryption, unknownDevices }: InboundToDeviceParts): EduHandler {
  return {
    isKept: true,
    async take(origin, content) {
      const [sender, type, id] = [ownValue(content, 'sender'), ownValue(content, 'type'), ownValue(content, 'message_id')]
      const messages = readMessages(content)
      if (typeof sender !== 'string' || parseUserId(sender)?.serverName !== origin || typeof type !== 'string') return
      if (typeof id !== 'string' || id.length > MESSAGE_ID_LENGTH_MAX || messages === undefined) return
      const receivedKey = createHash('sha256').update(JSON.stringify(['m.direct_to_device', origin, id])).digest()
      if (await encryption.toDevice.wasReceived(receivedKey)) return
      await encryption.toDevice.send({ sender, type, messages, receivedKey })
      if (type === 'm.room.encrypted') await unknownDevices.look(sender, messages)
    },
  }
}

/** By user and device; undefined where anything in it is no message. */
function readMessages(content: JsonObject): Record<string, Record<string, JsonObject>> | undefined {
  const messages = ownValue(content, 'messages')
  if (!isJsonObject(messages)) return undefined
  for (const devices of Object.values(messages)) {
    if (!isJsonObject(devices) || !Object.values(devices).every(isJsonObject)) return undefined
  }
  return messages as Record<string, Record<string, JsonObject>>
}
