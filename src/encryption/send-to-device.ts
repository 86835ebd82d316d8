import { canonicalJson } from '../matrix/canonical-json.ts'
import { MatrixError, invalidParam } from '../matrix/errors.ts'
import { fits255Bytes } from '../matrix/ids.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Db } from '../store/database.ts'
import type { HotRows } from '../store/hot-rows.ts'
import { listAddressedDevices, type Inbox } from '../store/to-device.ts'
import type { Change } from '../streams/changes.ts'
import type { Committer } from '../streams/committer.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { randomString, type Random } from '../util/random.ts'
import type { Backlogs } from './backlogs.ts'
import { partByServer, type Wishes } from './by-server.ts'
import { isStorable } from './key-format.ts'

const CONTENT_BYTES_MAX = 65_536
const EDU_BYTES_MAX = 1024 * 1024
const MESSAGE_ID_LENGTH = 24
const ANSWER = '{}'

export interface ToDeviceSend {
  /** The user id of who sends. */
  readonly sender: string
  readonly type: string
  /** The content by user id and device id, or `*` for all devices of the user. */
  readonly messages: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>
  /** The key under which the answer to the request is stored, for a retry of it. */
  readonly transactionKey?: Buffer
}

export interface SendParts {
  readonly db: Db
  readonly committer: Committer
  readonly backlogs: Backlogs
  readonly clock: Clock
  readonly log: Log
  readonly serverName: string
  readonly random: Random
  /** Whether there is talk with a server. */
  readonly maySpeakTo: (serverName: string) => boolean
  readonly waitingMax: number
}

interface Message extends Inbox { readonly content: string }

/**
 * Puts a message into the inbox of each device of this server that it is addressed to, all of them or none, behind what
 * was sent before, and has those for devices of other servers sent there (Client-Server API, PUT /sendToDevice). Devices
 * that do not exist are passed over.
 * Errors: M_TOO_LARGE for a content above 64 KiB, M_INVALID_PARAM for a type that none can have.
 */
export async function sendToDevice(parts: SendParts, { sender, type, messages, transactionKey }: ToDeviceSend): Promise<void> {
  if (!fits255Bytes(type) || !isStorable(type)) throw invalidParam('The type of the messages is too long or has a NUL in it.')
  const { ours, byServer } = partByServer(messages, parts.serverName)
  const addressed = await withRoom(parts, await address(parts, ours))
  const edus = [...byServer].filter(([server]) => parts.maySpeakTo(server)).map(([server, theirs]) => (
    { server, edu: formatEdu(parts, { sender, type, messages: Object.fromEntries(theirs) }) }
  ))
  const answer = transactionKey === undefined ? [] : [[transactionKey, ANSWER, parts.clock.now()] as const]
  if (addressed.length === 0 && edus.length === 0 && answer.length === 0) return
  await parts.committer.submit({
    positions: addressed.length + edus.length,
    bytes: addressed.reduce((sum, { content }) => sum + content.length, 0) + edus.reduce((sum, { edu }) => sum + edu.length, 0),
    rows: (first): HotRows => ({
      transactions: answer,
      to_device_messages: addressed.map((message, index) => [message.user, message.deviceId, first + index, sender, type, message.content]),
      unsent_edus: edus.map(({ server, edu }, index) => [server, first + addressed.length + index, edu]),
    }),
    committed: (first): Change[] => [
      ...addressed.map(({ user, deviceId }, index) => ({ kind: 'to-device', user, deviceId, pos: first + index } as const)),
      ...edus.map(({ server }, index) => ({ kind: 'unsent-edu', server, pos: first + addressed.length + index } as const)),
    ],
  })
}

/** As another server is told (Server-Server API, Send-to-device messaging). */
function formatEdu({ random }: SendParts, { sender, type, messages }: Pick<ToDeviceSend, 'sender' | 'type' | 'messages'>): string {
  const content = { sender, type, message_id: randomString(random, MESSAGE_ID_LENGTH), messages }
  const edu = canonicalJson({ edu_type: 'm.direct_to_device', content })
  if (Buffer.byteLength(edu) > EDU_BYTES_MAX) throw new MatrixError('M_TOO_LARGE', 'The messages to devices of one server are too large.')
  return edu
}

async function address({ db }: SendParts, messages: Wishes<Readonly<Record<string, JsonObject>>>): Promise<Message[]> {
  const contents: string[] = []
  const addressees: { userId: string, deviceId: string | null }[] = []
  for (const [userId, devices] of messages) {
    for (const [deviceId, content] of Object.entries(devices)) {
      const text = JSON.stringify(content)
      if (Buffer.byteLength(text) > CONTENT_BYTES_MAX) throw new MatrixError('M_TOO_LARGE', 'The content of a message is too large.')
      if (!isStorable(deviceId)) continue
      addressees.push({ userId, deviceId: deviceId === '*' ? null : deviceId })
      contents.push(text)
    }
  }
  if (addressees.length === 0) return []
  return (await listAddressedDevices(db, addressees)).map((row) => (
    { user: row.user_nid, deviceId: row.device_id, content: contents[row.addressee] ?? ANSWER }
  ))
}

/** Leaves out devices for which too much is waiting already. */
async function withRoom({ backlogs, log, waitingMax }: SendParts, messages: readonly Message[]): Promise<Message[]> {
  const full = new Set<Message>()
  const counted = await backlogs.ofAll(messages)
  for (const [index, message] of messages.entries()) {
    if ((counted[index]?.count ?? 0) < waitingMax) continue
    // The number in memory may be too high: only the rows themselves are a reason to drop a message.
    backlogs.forget(message)
    if ((await backlogs.of(message)).count >= waitingMax) full.add(message)
  }
  if (full.size > 0) log.info({ devices: full.size }, 'Messages were dropped for devices that do not fetch theirs')
  return messages.filter((message) => !full.has(message))
}
