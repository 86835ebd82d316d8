import { authTypesFor } from '../../matrix/auth-events.ts'
import { pduOf } from '../../matrix/event.ts'
import { isJsonObject, LOSSLESS, parseJson } from '../../matrix/json.ts'
import { redactEvent } from '../../matrix/redaction.ts'
import { stateKeyText, type StateKey } from '../../matrix/room-state.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { ResolvableEvent } from '../../matrix/state-resolution/resolution.ts'
import { resolveConflicts } from '../../matrix/state-resolution/resolve-state.ts'

/** An event that a resolution needs, with its JSON as text. */
export interface ResolutionRow {
  readonly nid: number
  readonly eventId: string
  readonly json: string
  readonly isRejected: boolean
  readonly isRedacted: boolean
}

export interface ResolutionInput {
  /** What the states differ in, each state on its own. */
  readonly states: readonly (readonly number[])[]
  readonly full: readonly number[]
  /** The events in which the states agree, of the keys that were asked for. */
  readonly unconflicted: readonly number[]
  /** Power levels, each with those that authorised them. */
  readonly powerLine: readonly (readonly [eventId: string, before: string | undefined])[]
}

/** Resolves the states of one room, wherever this is done. */
export interface Resolving {
  add(rows: readonly ResolutionRow[]): Promise<void>
  /** The keys of the state by which these events are judged. */
  listKeys(full: readonly number[]): Promise<readonly StateKey[]>
  /** The events that came out. */
  resolve(input: ResolutionInput): Promise<readonly number[]>
}

/** A resolution of states with the events that it needs, told by their numbers. */
export class ResolutionTask {
  readonly #version: RoomVersion
  readonly #events = new Map<number, ResolvableEvent>()
  readonly #nids = new Map<string, number>()

  constructor(version: RoomVersion) {
    this.#version = version
  }

  add(rows: readonly ResolutionRow[]): void {
    for (const { nid, eventId, json, isRejected, isRedacted } of rows) {
      const parsed = parseJson(json, LOSSLESS)
      if (!parsed.ok || !isJsonObject(parsed.value)) continue
      const event = isRedacted ? redactEvent(parsed.value, this.#version) : parsed.value
      this.#events.set(nid, { ...pduOf(event, this.#version, eventId), rejected: isRejected })
      this.#nids.set(eventId, nid)
    }
  }

  listKeys(full: readonly number[]): StateKey[] {
    const keys = new Map<string, StateKey>()
    for (const nid of full) {
      const event = this.#events.get(nid)
      for (const key of event === undefined ? [] : authTypesFor(event, this.#version)) keys.set(stateKeyText(key), key)
    }
    return [...keys.values()]
  }

  resolve({ states, full, unconflicted, powerLine }: ResolutionInput): number[] {
    const agreed = this.#stateOf(unconflicted)
    const resolved = resolveConflicts(this.#version, states.map((nids) => this.#stateOf(nids)), {
      findEvent: (eventId) => this.#events.get(this.#nids.get(eventId) ?? -1),
      findUnconflicted: (key) => agreed.get(key),
      fullConflictedSet: full.flatMap((nid) => this.#events.get(nid)?.eventId ?? []),
      powerLine: new Map(powerLine),
    })
    return [...resolved.values()].flatMap((eventId) => this.#nids.get(eventId) ?? [])
  }

  #stateOf(nids: readonly number[]): Map<string, string> {
    return new Map(nids.flatMap((nid) => {
      const event = this.#events.get(nid)
      return event?.stateKey === undefined ? [] : [[stateKeyText({ type: event.type, stateKey: event.stateKey }), event.eventId]]
    }))
  }
}
