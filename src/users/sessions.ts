import { forbidden, invalidParam, MatrixError, notFound } from '../matrix/errors.ts'
import { isDeviceId, serverNameOf } from '../matrix/ids.ts'
import type { ClientDevice } from '../spec/types.ts'
import type { Db, Transaction } from '../store/database.ts'
import { listCrossSigningKeys } from '../store/encryption/cross-signing.ts'
import { deleteDeviceKeys } from '../store/encryption/device-keys.ts'
import { insertDeviceChanges } from '../store/encryption/device-lists.ts'
import { findAccountByNumber } from '../store/users/accounts.ts'
import {
  deleteDevices, deleteInboxes, ensureDevice, findDevice, listDevices, lockDevices, renameDevice, type Device,
} from '../store/users/devices.ts'
import {
  deleteTokens, insertAccessToken, insertRefreshToken, lockRefreshToken, pruneTokensOfDevice, spendParentOf,
} from '../store/users/tokens.ts'
import type { Change } from '../streams/changes.ts'
import { unchanged, type Stream } from '../streams/stream.ts'
import type { Clock } from '../util/clock.ts'
import { randomString, type Random } from '../util/random.ts'
import type { AccessTokens } from './access-tokens.ts'
import { checkOpen } from './accounts.ts'
import type { Requester } from './requester.ts'
import { digestOf, newSecret } from './secret.ts'

export interface SessionWish {
  readonly user: number
  readonly userId: string
  /** A new one is made up if none is wished. */
  readonly deviceId?: string | undefined
  readonly displayName?: string | undefined
  /** Whether the client can refresh its access token, which then runs out. */
  readonly refreshable?: boolean | undefined
}

/** What a client gets that has logged in. */
export interface OpenedSession {
  readonly user_id: string
  readonly access_token: string
  readonly device_id: string
  readonly home_server: string
  readonly refresh_token?: string
  readonly expires_in_ms?: number
}

export interface RefreshedTokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in_ms: number
}

interface Owner { readonly user: number, readonly deviceId: string }

const DEVICE_NAME_LENGTH_MAX = 100
const DEVICE_ID_LENGTH = 10
const DEVICE_ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Devices of users and the tokens that they hold. */
export class Sessions {
  readonly #db: Db
  readonly #stream: Stream
  readonly #clock: Clock
  readonly #random: Random
  readonly #tokens: AccessTokens
  readonly #lifetimeMs: number

  constructor(options: { db: Db, stream: Stream, clock: Clock, random: Random, tokens: AccessTokens, lifetimeMs: number }) {
    this.#db = options.db
    this.#stream = options.stream
    this.#clock = options.clock
    this.#random = options.random
    this.#tokens = options.tokens
    this.#lifetimeMs = options.lifetimeMs
  }

  /**
   * Logs a device in. A device that exists keeps its name and loses its old tokens (Client-Server API, Relationship
   * between access tokens and devices). Errors: M_INVALID_PARAM for a device id that cannot be one.
   */
  async open(wish: SessionWish): Promise<OpenedSession> {
    const opened = await this.#db.transaction().execute((trx) => this.openWithin(trx, wish))
    this.#tokens.forgetUser(wish.user)
    return opened
  }

  /** The same, in the transaction that makes the account. */
  async openWithin(trx: Transaction, wish: SessionWish): Promise<OpenedSession> {
    const { user, userId } = wish
    const deviceId = wish.deviceId ?? randomString(this.#random, DEVICE_ID_LENGTH, DEVICE_ID_ALPHABET)
    checkDeviceId(deviceId)
    if (wish.deviceId !== undefined) await checkNotCrossSigningKey(trx, userId, wish.deviceId)
    await ensureDevice(trx, { user, deviceId, displayName: shorten(wish.displayName), now: this.#clock.now() })
    if (wish.deviceId !== undefined) await deleteTokens(trx, user, deviceId)
    const tokens = wish.refreshable === true
      ? await this.#issuePair(trx, { user, deviceId }, null)
      : { access_token: await this.#issueAccessToken(trx, { user, deviceId }, null) }
    return { user_id: userId, device_id: deviceId, home_server: serverNameOf(userId) ?? '', ...tokens }
  }

  /**
   * New tokens for a refresh token, which stays good until one of them is used. One that comes back after that was
   * stolen, or its successor was: the session ends. Errors: M_UNKNOWN_TOKEN, M_USER_LOCKED.
   * Specification: Client-Server API, POST /refresh and Refreshing access tokens.
   */
  async refresh(refreshToken: string): Promise<RefreshedTokens> {
    const outcome = await this.#db.transaction().execute(async (trx) => {
      const token = await lockRefreshToken(trx, digestOf(refreshToken))
      if (token === undefined) return undefined
      if (token.spent) return { stolenFrom: token }
      const account = await findAccountByNumber(trx, token.user)
      if (account === undefined) return undefined
      checkOpen(account)
      if (token.parentId !== null) await spendParentOf(trx, token.id)
      await pruneTokensOfDevice(trx, token.user, token.deviceId, this.#clock.now())
      return { tokens: await this.#issuePair(trx, token, token.id) }
    })
    if (outcome?.tokens !== undefined) return outcome.tokens
    if (outcome?.stolenFrom !== undefined) await this.end(outcome.stolenFrom.user, { ids: [outcome.stolenFrom.deviceId] })
    throw new MatrixError('M_UNKNOWN_TOKEN', 'The refresh token is not known.', { fields: { soft_logout: false } })
  }

  async logout({ user, deviceId }: Requester): Promise<void> {
    if (deviceId === undefined) return this.endAll(user)
    await this.end(user, { ids: [deviceId] })
  }

  /** Ends every session of a user. */
  async endAll(user: number): Promise<void> {
    await this.end(user, { except: undefined })
    await this.#db.transaction().execute((trx) => deleteTokens(trx, user))
    this.#tokens.forgetUser(user)
  }

  /** Ends the sessions of some devices, or of all but one: their tokens, keys and waiting messages go with them. */
  async end(user: number, which: { ids: readonly string[] } | { except: string | undefined }): Promise<void> {
    const wanted = 'ids' in which ? { ids: which.ids.filter(isDeviceId) } : which
    await this.#stream.transact(async (trx) => {
      const ids = await lockDevices(trx, user, wanted)
      if (ids.length === 0) return unchanged(undefined)
      await deleteDevices(trx, user, ids, this.#clock.now())
      const hadKeys = await deleteDeviceKeys(trx, user, ids)
      return {
        value: undefined,
        positions: ids.length,
        async write(writing: Transaction, first: number): Promise<Change[]> {
          await deleteInboxes(writing, user, ids)
          // A later device of the same name has none of the keys that were left.
          const changes = ids.map((deviceId, index): Change => ({ kind: 'key-counts', user, deviceId, pos: first + index }))
          if (!hadKeys) return changes
          await insertDeviceChanges(writing, user, ids, first)
          return [...changes, ...ids.map((_, index): Change => ({ kind: 'device-list', user, pos: first + index }))]
        },
      }
    })
    this.#tokens.forgetUser(user)
  }

  /**
   * Makes a device without a token, as application services do for their users; false if there is one.
   * Errors: M_INVALID_PARAM, M_FORBIDDEN.
   */
  ensureDevice({ user, userId }: Pick<Requester, 'user' | 'userId'>, deviceId: string, displayName: string | undefined): Promise<boolean> {
    checkDeviceId(deviceId)
    const device = { user, deviceId, displayName: shorten(displayName), now: this.#clock.now() }
    return this.#db.transaction().execute(async (trx) => {
      await checkNotCrossSigningKey(trx, userId, deviceId)
      return ensureDevice(trx, device)
    })
  }

  listDevices(user: number): Promise<Device[]> {
    return listDevices(this.#db, user)
  }

  /** Errors: M_NOT_FOUND. */
  async getDevice(user: number, deviceId: string): Promise<Device> {
    const device = await findDevice(this.#db, user, deviceId)
    if (device === undefined) throw notFound('There is no such device.')
    return device
  }

  /** Gives a device another name, which those who share a room with the user see. Errors: M_NOT_FOUND, M_INVALID_PARAM. */
  async renameDevice(user: number, deviceId: string, displayName: string): Promise<void> {
    if (displayName.length > DEVICE_NAME_LENGTH_MAX) {
      throw invalidParam(`The name of a device can have at most ${DEVICE_NAME_LENGTH_MAX} characters.`)
    }
    if (displayName.includes('\0')) throw invalidParam('The name of a device cannot hold NUL.')
    await this.#stream.transact(async (trx) => {
      if (!await renameDevice(trx, user, deviceId, displayName)) throw notFound('There is no such device.')
      return {
        value: undefined,
        positions: 1,
        async write(writing: Transaction, pos: number): Promise<Change[]> {
          await insertDeviceChanges(writing, user, [deviceId], pos)
          return [{ kind: 'device-list', user, pos }]
        },
      }
    })
  }

  async #issuePair(trx: Transaction, { user, deviceId }: Owner, parentId: number | null): Promise<RefreshedTokens> {
    const { secret, digest } = newSecret('refresh', this.#random)
    const id = await insertRefreshToken(trx, { digest, user, deviceId, parentId, now: this.#clock.now() })
    const accessToken = await this.#issueAccessToken(trx, { user, deviceId }, id)
    return { access_token: accessToken, refresh_token: secret, expires_in_ms: this.#lifetimeMs }
  }

  async #issueAccessToken(trx: Transaction, { user, deviceId }: Owner, refreshTokenId: number | null): Promise<string> {
    const { secret, digest } = newSecret('access', this.#random)
    const now = this.#clock.now()
    const expiresAt = refreshTokenId === null ? null : now + this.#lifetimeMs
    await insertAccessToken(trx, { digest, user, deviceId, refreshTokenId, expiresAt, now })
    return secret
  }
}

function shorten(displayName: string | undefined): string | null {
  return displayName?.slice(0, DEVICE_NAME_LENGTH_MAX).toWellFormed().replaceAll('\0', '') ?? null
}

/** Errors: M_INVALID_PARAM for what no device can be called. */
export function checkDeviceId(deviceId: string): void {
  if (!isDeviceId(deviceId)) throw invalidParam('A device id has 1 to 512 characters.')
}

/**
 * Signatures name devices and cross-signing keys alike, so none may have the name of the other (Client-Server API,
 * Cross-signing, Key and signature security). Errors: M_FORBIDDEN.
 */
export async function checkNotCrossSigningKey(trx: Transaction, userId: string, deviceId: string): Promise<void> {
  const rows = await listCrossSigningKeys(trx, [userId])
  const names = rows.flatMap(({ key }) => Object.keys((JSON.parse(key) as { keys: object }).keys))
  if (names.includes(`ed25519:${deviceId}`)) throw forbidden('A cross-signing key has the name of that device.')
}

/** A device as its user sees it (Client-Server API, GET /devices). */
export function describeDevice(device: Device): ClientDevice {
  const { device_id, display_name: name, last_seen_ip: ip, last_seen_at: at } = device
  return {
    device_id, ...(name === null ? {} : { display_name: name }), ...(ip === null ? {} : { last_seen_ip: ip }),
    ...(at === null ? {} : { last_seen_ts: at }),
  }
}
