import { canonicalJson } from '../matrix/canonical-json.ts'
import { MatrixError, invalidParam } from '../matrix/errors.ts'
import { fits255Bytes } from '../matrix/ids.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Db } from '../store/database.ts'
import type { HotRows } from '../store/hot-rows.ts'
import { dropForRoom } from '../store/encryption/to-device-losses.ts'
import { listAddressedDevices, type Inbox } from '../store/encryption/to-device.ts'
import type { Change } from '../streams/changes.ts'
import type { Committer } from '../streams/committer.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { randomString, type Random } from '../util/random.ts'
import type { Backlogs } from './backlogs.ts'
import { partByServer, type Wishes } from './by-server.ts'
import { isStorable } from './key-format.ts'
import type { InboxLimits } from './inbox-limits.ts'

const CONTENT_BYTES_MAX = 65_536
const EDU_BYTES_ABOUT = 65_536
const MESSAGE_ID_LENGTH = 24
const ANSWER = '{}'
/** What stays of a full inbox, so that not each further message has to make room for itself. */
const KEPT_SHARE = 0.9

type ToDeviceWishes = Wishes<Readonly<Record<string, JsonObject>>>

export interface ToDeviceSend {
  /** The user id of who sends. */
  readonly sender: string
  readonly type: string
  /** The content by user id and device id, or `*` for all devices of the user. */
  readonly messages: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>
  /** The key under which the answer to the request is stored, for a retry of it. */
  readonly transactionKey?: Buffer
  /** A digest of the name under which another server sent them. */
  readonly receivedKey?: Buffer
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
  readonly limits: InboxLimits
}

interface Message extends Inbox { readonly content: string }

/**
 * Puts a message into the inbox of each device of this server that it is addressed to, all of them or none, behind what
 * was sent before, and has those for devices of other servers sent there (Client-Server API, PUT /sendToDevice). Devices
 * that do not exist are passed over.
 * Errors: M_TOO_LARGE for a content above 64 KiB, M_INVALID_PARAM for a type that none can have.
 */
export async function sendToDevice(parts: SendParts, send: ToDeviceSend): Promise<void> {
  const { sender, type, messages, transactionKey, receivedKey } = send
  if (!fits255Bytes(type) || !isStorable(type)) throw invalidParam('The type of the messages is too long or has a NUL in it.')
  const { ours, byServer } = partByServer(messages, parts.serverName)
  const addressed = await address(parts, ours)
  // What came from another server goes no further: to devices elsewhere it is for that server to bring it.
  const elsewhere = receivedKey === undefined ? [...byServer].filter(([server]) => parts.maySpeakTo(server)) : []
  const edus = elsewhere.flatMap(([server, theirs]) => (
    formatEdus(parts, { sender, type }, theirs).map((edu) => ({ server, edu }))
  ))
  const now = parts.clock.now()
  const answer = transactionKey === undefined ? [] : [[transactionKey, ANSWER, now] as const]
  if (addressed.length === 0 && edus.length === 0 && answer.length === 0) return
  await makeRoom(parts, addressed)
  await parts.committer.submit({
    positions: addressed.length + edus.length,
    bytes: addressed.reduce((sum, { content }) => sum + content.length, 0) + edus.reduce((sum, { edu }) => sum + edu.length, 0),
    rows: (first): HotRows => ({
      transactions: answer,
      received_messages: receivedKey === undefined ? [] : [[receivedKey, now]],
      to_device_messages: addressed.map(({ user, deviceId, content }, index) => (
        [user, deviceId, first + index, sender, type, content, now]
      )),
      unsent_edus: edus.map(({ server, edu }, index) => [server, first + addressed.length + index, edu]),
    }),
    committed: (first): Change[] => [
      ...addressed.map(({ user, deviceId, content }, index) => (
        { kind: 'to-device', user, deviceId, bytes: Buffer.byteLength(content), pos: first + index } as const
      )),
      ...edus.map(({ server }, index) => ({ kind: 'unsent-edu', server, pos: first + addressed.length + index } as const)),
    ],
  })
}

/**
 * As another server is told (Server-Server API, Send-to-device messaging). Each EDU takes what there is room for, so that
 * none is too large for what a transaction may hold.
 */
function formatEdus({ random }: SendParts, about: Pick<ToDeviceSend, 'sender' | 'type'>, messages: ToDeviceWishes): string[] {
  const parts: [string, [string, JsonObject][]][][] = []
  let room = 0
  for (const [userId, devices] of messages) {
    for (const [deviceId, content] of Object.entries(devices)) {
      const bytes = Buffer.byteLength(JSON.stringify(content)) + Buffer.byteLength(deviceId)
      if (bytes > CONTENT_BYTES_MAX) throw new MatrixError('M_TOO_LARGE', 'The content of a message is too large.')
      if (bytes > room) {
        parts.push([])
        room = EDU_BYTES_ABOUT
      }
      room -= bytes
      const part = parts.at(-1) ?? []
      if (part.at(-1)?.[0] !== userId) part.push([userId, []])
      part.at(-1)?.[1].push([deviceId, content])
    }
  }
  return parts.map((part) => canonicalJson({
    edu_type: 'm.direct_to_device',
    content: {
      ...about, message_id: randomString(random, MESSAGE_ID_LENGTH),
      messages: Object.fromEntries(part.map(([userId, devices]) => [userId, Object.fromEntries(devices)])),
    },
  }))
}

async function address({ db }: SendParts, messages: ToDeviceWishes): Promise<Message[]> {
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

/** Has the oldest messages dropped where too much is waiting already, so that what comes finds room. */
async function makeRoom({ db, backlogs, clock, log, limits }: SendParts, messages: readonly Message[]): Promise<void> {
  const full = await listFull(backlogs, limits, messages)
  if (full.length === 0) return
  // The numbers in memory may be too high: only the rows themselves are a reason to drop any.
  for (const inbox of full) backlogs.forget(inbox)
  const overfull = await listFull(backlogs, limits, full)
  if (overfull.length === 0) return
  const { waitingMax, waitingMaxBytes } = limits
  const keep = { messages: Math.floor(waitingMax * KEPT_SHARE), bytes: Math.floor(waitingMaxBytes * KEPT_SHARE) }
  const dropped = await dropForRoom(db, overfull, keep, clock.now())
  for (const inbox of overfull) backlogs.forget(inbox)
  log.info({ messages: dropped, devices: overfull.length }, 'Messages were dropped for devices that do not fetch theirs')
}

async function listFull(backlogs: Backlogs, { waitingMax, waitingMaxBytes }: InboxLimits, inboxes: readonly Inbox[]): Promise<Inbox[]> {
  const counted = await backlogs.ofAll(inboxes)
  return inboxes.filter((_, index) => {
    const { count = 0, bytes = 0 } = counted[index] ?? {}
    return count >= waitingMax || bytes >= waitingMaxBytes
  })
}
