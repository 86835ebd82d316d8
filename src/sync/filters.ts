import type { SyncFilterInput } from '../spec/types.ts'
import type { Filters } from '../users/filters.ts'
import { Lru } from '../util/lru.ts'
import { compileFilter, type SyncFilter } from './filter.ts'

const REMEMBERED_MAX = 20_000
/** Longer ones that are written out in queries are compiled anew each time. */
const TEXT_LENGTH_MAX = 4_096

/** The filters of those who sync, each compiled once however many clients use the same one. */
export class SyncFilters {
  readonly #source: Pick<Filters, 'resolve'>
  readonly #byText = new Lru<string, SyncFilter>(REMEMBERED_MAX)
  readonly #byDefinition = new Lru<string, SyncFilter>(REMEMBERED_MAX)
  readonly #none = compileFilter({}, 0)
  #last = 0

  constructor(source: Pick<Filters, 'resolve'>) {
    this.#source = source
  }

  /** What `filter` in a query means. Errors: M_NOT_JSON, M_BAD_JSON, M_INVALID_PARAM. */
  async resolve(user: number, text: string | undefined): Promise<SyncFilter> {
    if (text === undefined || text === '') return this.#none
    // An id never changes its meaning, and means something with its user only.
    const name = text.startsWith('{') ? text : `${user} ${text}`
    const known = this.#byText.get(name)
    if (known !== undefined) return known
    const filter = this.#compile(await this.#source.resolve(user, text))
    if (name.length <= TEXT_LENGTH_MAX) this.#byText.set(name, filter)
    return filter
  }

  #compile(definition: SyncFilterInput): SyncFilter {
    const text = JSON.stringify(definition)
    const known = this.#byDefinition.get(text)
    if (known !== undefined) return known
    this.#last += 1
    const filter = compileFilter(definition, this.#last)
    if (text.length <= TEXT_LENGTH_MAX) this.#byDefinition.set(text, filter)
    return filter
  }
}
