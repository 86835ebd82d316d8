import { canonicalJson } from '../../matrix/canonical-json.ts'
import { MatrixError } from '../../matrix/errors.ts'
import { isJsonObject, parseJson, STORED, type JsonObject } from '../../matrix/json.ts'
import type { InboundEduRow } from '../../store/federation/inbound.ts'
import type { Log } from '../../util/log.ts'
import type { Task } from './backlog.ts'
import type { EduHandlers } from './edu-handlers.ts'

export interface Edu { readonly edu_type: string, readonly content: JsonObject }

/** One that must not be lost. */
export interface KeptEdu { readonly type: string, readonly json: string }

export interface StagedEdu extends Task, KeptEdu {
  readonly origin: string
}

/** So many transactions of one server are passed on at once. */
const AHEAD_MAX = 20

/** EDUs of other servers on their way to those who understand them. */
export class InboundEdus {
  readonly #log: Log
  readonly #handlers: EduHandlers
  readonly #passing = new Map<Promise<void>, string>()

  constructor({ log, handlers }: { readonly log: Log, readonly handlers: EduHandlers }) {
    this.#log = log
    this.#handlers = handlers
  }

  /** Those that are to be written down. */
  listKept(edus: readonly Edu[]): KeptEdu[] {
    return edus.filter(({ edu_type: type }) => this.#handlers.get(type)?.isKept === true)
      .map(({ edu_type: type, content }) => ({ type, json: canonicalJson(content) }))
  }

  /**
   * Hands on, one after another, those that tell of a moment; nobody waits for that. Where too many of the server are on their
   * way, the moment has passed before they would be there.
   */
  pass(origin: string, edus: readonly Edu[]): void {
    const ofMoment = edus.filter(({ edu_type: type }) => this.#handlers.get(type)?.isKept === false)
    const ahead = this.#passing.values().filter((other) => other === origin).toArray().length
    if (ofMoment.length === 0 || ahead >= AHEAD_MAX) return
    const passing = this.#passAll(origin, ofMoment)
    this.#passing.set(passing, origin)
    void passing.then(() => this.#passing.delete(passing))
  }

  /** Hands on what was written down. */
  async take(origin: string, staged: readonly StagedEdu[]): Promise<void> {
    for (const { type, json } of staged) {
      const parsed = parseJson(json, STORED)
      if (parsed.ok && isJsonObject(parsed.value)) await this.#take(origin, { edu_type: type, content: parsed.value })
    }
  }

  /** Resolves when nothing is being passed on. */
  async settled(): Promise<void> {
    await Promise.all(this.#passing.keys())
  }

  async #passAll(origin: string, edus: readonly Edu[]): Promise<void> {
    for (const edu of edus) {
      try {
        await this.#take(origin, edu)
      } catch (error) {
        this.#log.warn({ origin, edu: edu.edu_type, error: String(error) }, 'An EDU was passed over')
      }
    }
  }

  async #take(origin: string, { edu_type: type, content }: Edu): Promise<void> {
    try {
      await this.#handlers.get(type)?.take(origin, content)
    } catch (error) {
      // What is not as it should be does not become so by being tried again.
      if (!(error instanceof MatrixError) || error.errcode === 'M_LIMIT_EXCEEDED') throw error
      this.#log.debug({ origin, edu: type, error: error.message }, 'An EDU was not as it should be')
    }
  }
}

/** An EDU that was just written down under a number. */
export function stagedEdu({ type, json }: KeptEdu, nid: number, origin: string): StagedEdu {
  return { nid, origin, type, json, size: json.length }
}

/** The same of one that was read again. */
export function stagedEduOf({ nid, origin, edu_type: type, content: json }: InboundEduRow): StagedEdu {
  return { nid, origin, type, json, size: json.length }
}
