import { canonicalJson } from '../matrix/canonical-json.ts'
import { invalidParam, MatrixError, notFound } from '../matrix/errors.ts'
import { isJsonObject, parseJson, STRICT, type JsonObject } from '../matrix/json.ts'
import type { SyncFilterInput } from '../spec/types.ts'
import type { Db } from '../store/database.ts'
import { ensureFilter, findFilter } from '../store/users/filters.ts'
import { Lru } from '../util/lru.ts'
import { readSyncFilter } from './filter-format.ts'

const DEFINITION_BYTES_MAX = 65_536
const REMEMBERED_BYTES_MAX = 16_000_000
const ID = /^\d{1,9}$/

interface Remembered { readonly filter: SyncFilterInput, readonly weight: number }

/** What clients want to see of a sync, kept for them under a number (Client-Server API, Filtering). */
export class Filters {
  readonly #db: Db
  readonly #filters = new Lru<string, Remembered>(REMEMBERED_BYTES_MAX, { weigh: ({ weight }) => weight })

  constructor({ db }: { db: Db }) {
    this.#db = db
  }

  /** Keeps a filter and gives its id; the same filter gets the same one. Errors: M_BAD_JSON, M_TOO_LARGE. */
  async define(user: number, definition: JsonObject): Promise<string> {
    readSyncFilter(definition)
    const text = canonicalJson(definition)
    if (Buffer.byteLength(text) > DEFINITION_BYTES_MAX) throw new MatrixError('M_TOO_LARGE', 'The filter is larger than 64 KiB.')
    return String(await ensureFilter(this.#db, user, text))
  }

  /** Errors: M_NOT_FOUND. */
  async get(user: number, filterId: string): Promise<SyncFilterInput> {
    const filter = await this.#find(user, filterId)
    if (filter === undefined) throw notFound('There is no such filter.')
    return filter
  }

  /**
   * The filter that `filter` in a query means: one written out, which begins with a brace, or the id of one that was
   * kept. Errors: M_NOT_JSON, M_BAD_JSON, M_INVALID_PARAM for an unknown id.
   */
  async resolve(user: number, text: string): Promise<SyncFilterInput> {
    if (text.startsWith('{')) return readSyncFilter(parseFilter(text))
    const filter = await this.#find(user, text)
    if (filter === undefined) throw invalidParam('There is no such filter.')
    return filter
  }

  async #find(user: number, filterId: string): Promise<SyncFilterInput | undefined> {
    if (!ID.test(filterId)) return undefined
    const name = `${user} ${filterId}`
    const known = this.#filters.get(name)
    if (known !== undefined) return known.filter
    const text = await findFilter(this.#db, user, Number(filterId))
    if (text === undefined) return undefined
    const filter = JSON.parse(text) as SyncFilterInput
    this.#filters.set(name, { filter, weight: text.length + 200 })
    return filter
  }
}

/** A filter that stands in a query. Errors: M_NOT_JSON, M_BAD_JSON. */
export function parseFilter(text: string): JsonObject {
  const parsed = parseJson(text, STRICT)
  if (!parsed.ok) {
    throw new MatrixError(parsed.reason === 'not-json' ? 'M_NOT_JSON' : 'M_BAD_JSON', `The filter is not right: ${parsed.message}`)
  }
  if (!isJsonObject(parsed.value)) throw new MatrixError('M_BAD_JSON', 'The filter must be a JSON object.')
  return parsed.value
}
