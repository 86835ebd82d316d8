import { forbidden, invalidParam, MatrixError, notFound } from '../matrix/errors.ts'
import { isRoomAlias, serverNameOf } from '../matrix/ids.ts'
import { powerLevelsOf, requiredLevel, userLevel } from '../matrix/power-levels.ts'
import { deleteAlias, findAlias, insertAlias, listAliasesOfRoom, moveAliases, type AliasRow } from '../store/rooms/aliases.ts'
import type { Db } from '../store/database.ts'
import type { Clock } from '../util/clock.ts'
import type { ApplicationServices } from '../users/application-services.ts'
import type { Requester } from '../users/requester.ts'
import { pendingAuthState } from './build-next.ts'
import type { Room } from './room.ts'

/** Port: who may make an alias at the moment at which it is asked for. */
export interface AliasMaker {
  /** Whether it was made. */
  makesAlias(alias: string): Promise<boolean>
}

type Namer = Pick<Requester, 'appservice'>

/** The names by which rooms of this server are found (Client-Server API, Room aliases). */
export class Aliases {
  readonly #db: Db
  readonly #clock: Clock
  readonly #serverName: string
  readonly #services: ApplicationServices
  readonly #maker: AliasMaker

  constructor({ db, clock, serverName, appservices, aliasMaker }: {
    db: Db, clock: Clock, serverName: string, appservices: ApplicationServices, aliasMaker: AliasMaker,
  }) {
    this.#db = db
    this.#clock = clock
    this.#serverName = serverName
    this.#services = appservices
    this.#maker = aliasMaker
  }

  /** Throws M_INVALID_PARAM for what is no alias of this server, M_ROOM_IN_USE for one that is taken, and M_EXCLUSIVE. */
  async checkFree(alias: string, requester: Namer): Promise<void> {
    this.checkLocal(alias)
    this.#checkMayName(alias, requester)
    if (await findAlias(this.#db, alias) !== undefined) throw new MatrixError('M_ROOM_IN_USE', `${alias} is taken.`)
  }

  checkLocal(alias: string): void {
    if (!isRoomAlias(alias) || alias.includes('\u0000')) throw invalidParam('That is not a room alias.')
    if (serverNameOf(alias) !== this.#serverName) throw invalidParam('That alias is of another server.')
  }

  find(alias: string): Promise<AliasRow | undefined> {
    return findAlias(this.#db, alias)
  }

  /** The room behind an alias. Throws M_INVALID_PARAM, M_NOT_FOUND. */
  async get(alias: string): Promise<AliasRow> {
    if (!isRoomAlias(alias)) throw invalidParam('That is not a room alias.')
    const row = await findAlias(this.#db, alias) ?? await this.#make(alias)
    if (row === undefined) throw notFound(`There is no room ${alias}.`)
    return row
  }

  async #make(alias: string): Promise<AliasRow | undefined> {
    return await this.#maker.makesAlias(alias) ? findAlias(this.#db, alias) : undefined
  }

  /** Gives a room that is being made its alias. Throws M_ROOM_IN_USE where it is taken. */
  async take(alias: string, room: number, creator: number): Promise<void> {
    if (!await this.#add(alias, room, creator)) throw new MatrixError('M_ROOM_IN_USE', `${alias} is taken.`)
  }

  /** Gives an alias back when no room came of it. */
  release(alias: string): Promise<void> {
    return deleteAlias(this.#db, alias)
  }

  /**
   * Gives a room a further alias. Only who is in the room may do so. Throws M_FORBIDDEN, M_EXCLUSIVE,
   * M_UNKNOWN (409) where it is taken.
   */
  async claim(alias: string, room: Room, requester: Requester): Promise<void> {
    if (room.membershipOf(requester.userId) !== 'join') throw forbidden('You are not in this room.')
    this.#checkMayName(alias, requester)
    const isAdded = await this.#add(alias, room.nid, requester.user)
    if (!isAdded) throw new MatrixError('M_UNKNOWN', `${alias} is taken.`, { status: 409 })
  }

  listOfRoom(room: number): Promise<string[]> {
    return listAliasesOfRoom(this.#db, room)
  }

  move(fromRoom: number, toRoom: number): Promise<void> {
    return moveAliases(this.#db, fromRoom, toRoom)
  }

  /** An alias goes by the will of who made it, of an admin, or of who may set the room's canonical alias. */
  async remove(alias: string, room: Room, requester: Requester): Promise<void> {
    const row = await this.get(alias)
    const levels = powerLevelsOf(room.version, pendingAuthState(room))
    const hasPower = room.membershipOf(requester.userId) === 'join'
      && userLevel(levels, requester.userId) >= requiredLevel(levels, 'm.room.canonical_alias', true)
    if (row.creator_nid !== requester.user && !requester.isAdmin && !hasPower) throw forbidden('You may not remove this alias.')
    await deleteAlias(this.#db, alias)
  }

  /** Some aliases are kept for application services, which have no others (Application Service API, Registration). */
  #checkMayName(alias: string, { appservice }: Namer): void {
    const isForeign = appservice?.ownsAlias(alias) === false
    if (isForeign || this.#services.findClaimant('aliases', alias, appservice) !== undefined) {
      throw new MatrixError('M_EXCLUSIVE', `${alias} is not for you to take.`)
    }
  }

  /** False where the alias is taken already. */
  #add(alias: string, room: number, creator: number): Promise<boolean> {
    return insertAlias(this.#db, { alias, room_nid: room, creator_nid: creator, created_at: this.#clock.now() })
  }
}
