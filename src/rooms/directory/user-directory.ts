import type { Db } from '../../store/database.ts'
import { searchUsers } from '../../store/users/user-directory.ts'
import { pageSize } from '../reading/page-tokens.ts'

export interface FoundUser {
  readonly user_id: string
  readonly display_name?: string | undefined
  readonly avatar_url?: string | undefined
}

export interface FoundUsers { readonly results: readonly FoundUser[], readonly limited: boolean }

const RESULTS = { byDefault: 10, max: 50 }
const TERM_LENGTH_MAX = 255

/** Finds people (Client-Server API, User Directory). */
export class UserDirectory {
  readonly #db: Db

  constructor({ db }: { db: Db }) {
    this.#db = db
  }

  /**
   * Users of this server whose name or id holds the term, of those whom the searcher may know of: who shares a room with
   * him, and who is in a public room. Throws M_INVALID_PARAM.
   */
  async search(user: number, searchTerm: string, asked: number | undefined): Promise<FoundUsers> {
    const limit = pageSize(asked, RESULTS)
    const term = searchTerm.trim().replace(/^@/, '').replaceAll('\0', '').slice(0, TERM_LENGTH_MAX)
    if (term === '') return { results: [], limited: false }
    const pattern = `%${term.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
    const whole = term.includes(':') ? `@${term}` : term
    const rows = await searchUsers(this.#db, { user, term: whole, pattern, limit: limit + 1 })
    return {
      results: rows.slice(0, limit).map((row) => ({
        user_id: row.user_id, display_name: row.display_name ?? undefined, avatar_url: row.avatar_url ?? undefined,
      })),
      limited: rows.length > limit,
    }
  }
}
