import type { Place } from '../store/rooms/events.ts'

/** How far a client has come: what `next_batch` of `/sync` stands for. */
export interface SyncToken {
  /** Rises with each restore from a backup: positions of another epoch mean nothing. */
  readonly epoch: number
  readonly pos: number
  /** Messages to the device are handed out in pages, so that they may lag behind. */
  readonly toDevice: number
  /** What numbered the changes of typing and presence, and the last number (streams/ephemeral-order.ts). */
  readonly instance: string
  readonly ephemeral: number
}

/** A place between two events of a room, from which `/messages` reads in either direction. */
export interface PlaceToken {
  readonly epoch: number
  /** The event just before: what reads forwards begins behind it, what reads backwards begins with it. */
  readonly place: Place
}

const SYNC_TOKEN = /^s(\d{1,15})_(\d{1,15})_(\d{1,9})_([0-9a-f]{1,16})_(\d{1,15})$/
const PLACE_TOKEN = /^t(\d{1,15})_(\d{1,9})_(\d{1,9})$/

/** What clients are given as `next_batch` and come back with as `since`. */
export function formatSyncToken({ epoch, pos, toDevice, instance, ephemeral }: SyncToken): string {
  return `s${pos}_${toDevice}_${epoch}_${instance}_${ephemeral}`
}

/** What the text of a token stands for; undefined if it is none of ours. */
export function parseSyncToken(text: string): SyncToken | undefined {
  const [whole, pos, toDevice, epoch, instance = '', ephemeral] = SYNC_TOKEN.exec(text) ?? []
  if (whole === undefined) return undefined
  return { pos: Number(pos), toDevice: Number(toDevice), epoch: Number(epoch), instance, ephemeral: Number(ephemeral) }
}

/** What clients are given as `start`, `end` and `prev_batch` when they turn pages. */
export function formatPlaceToken({ epoch, place }: PlaceToken): string {
  return `t${place.pos}_${-place.offset}_${epoch}`
}

/** The place that a token stands for, be it one of a place or of `/sync`; undefined if it is neither. */
export function parsePlaceToken(text: string): PlaceToken | undefined {
  const sync = parseSyncToken(text)
  if (sync !== undefined) return { epoch: sync.epoch, place: { pos: sync.pos, offset: 0 } }
  const [whole, pos, back, epoch] = PLACE_TOKEN.exec(text) ?? []
  if (whole === undefined) return undefined
  // `-0` would not equal the 0 of a live event everywhere.
  return { epoch: Number(epoch), place: { pos: Number(pos), offset: 0 - Number(back) } }
}

/** The place just before an event: where its history begins for who reads backwards. */
export function placeBefore({ pos, offset }: Place): Place {
  return { pos, offset: offset - 1 }
}
