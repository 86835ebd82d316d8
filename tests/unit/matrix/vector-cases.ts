import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { authorize, checkAuthEvents } from '../../../src/matrix/auth-rules.ts'
import { canonicalJson } from '../../../src/matrix/canonical-json.ts'
import { contentHash, eventIdOf } from '../../../src/matrix/hashes.ts'
import { serverNameOf } from '../../../src/matrix/ids.ts'
import { redactEvent } from '../../../src/matrix/redaction.ts'
import { stateKeyText } from '../../../src/matrix/room-state.ts'
import type { ResolvableEvent } from '../../../src/matrix/state-resolution/resolution.ts'
import { resolveState } from '../../../src/matrix/state-resolution/resolve-state.ts'
import { parseObject } from './parse-object.ts'
import { eventOf, keyOf, versionOf, type EventInput } from './room-of-events.ts'

/*
 * Questions that random rooms asked (folder `random`), with the answers in which Hearth, Synapse 1.163.2 and
 * gomatrixserverlib 9c4687273 agree; `seed` is that of the room, and `found` says what Hearth answered before.
 */

interface DecisionVectors {
  readonly version: string
  readonly seed: readonly number[]
  readonly found?: string
  readonly events: readonly EventInput[]
  /** Places in `events`, as all numbers below. */
  readonly state: readonly number[]
  readonly decisions: readonly {
    readonly event: number
    readonly cited: readonly number[]
    readonly rejected?: readonly number[]
    readonly signers?: readonly string[]
    /** Whether what it cites may authorise the event, and whether the state allows it. */
    readonly list: boolean
    readonly rules: boolean
  }[]
}

interface ResolutionVectors {
  readonly version: string
  readonly seed: readonly number[]
  readonly roomId: string
  readonly events: readonly (EventInput & { readonly prevEvents: readonly number[], readonly authEvents: readonly number[] })[]
  readonly rejected?: readonly number[]
  readonly resolutions: readonly { readonly states: readonly (readonly number[])[], readonly resolved: readonly number[] }[]
}

interface EventVector {
  readonly version: string
  readonly seed: readonly number[]
  /** What the text holds beside Canonical JSON. */
  readonly holds: string
  readonly found?: string
  readonly text: string
  readonly contentHash: string
  readonly eventId: string
  /** SHA-256 over the canonical text of the redacted event. */
  readonly redacted: string
}

function read<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8'))
}

function answersTo({ version: id, events, state, decisions }: DecisionVectors): readonly string[] {
  const version = versionOf(id)
  const pdus = events.map((event) => eventOf(version, event))
  const pduAt = (place: number): ResolvableEvent => pdus[place] ?? eventOf(version, { id: '', type: '', sender: '' })
  const entries = new Map(state.map((place) => [keyOf(pduAt(place)), pduAt(place)]))
  return decisions.map(({ event, cited, rejected = [], signers }) => {
    const pdu = pduAt(event)
    const signedBy = signers ?? [serverNameOf(pdu.sender)]
    const list = checkAuthEvents(version, pdu, cited.map((place) => ({ ...pduAt(place), rejected: rejected.includes(place) })))
    const rules = authorize(version, pdu, (type, stateKey) => entries.get(stateKeyText({ type, stateKey })), {
      isSignedBy: (serverName) => signedBy.includes(serverName),
    })
    return `${list.allowed} ${rules.allowed}`
  })
}

function resolvedOf(vectors: ResolutionVectors): readonly (readonly number[])[] {
  const version = versionOf(vectors.version)
  const ids = vectors.events.map((event) => event.id)
  const idsAt = (places: readonly number[]): string[] => places.map((place) => ids[place] ?? '')
  const pdus = vectors.events.map((event, place): ResolvableEvent => {
    const room = version.roomIdFromCreateEvent && event.type === 'm.room.create' ? {} : { roomId: vectors.roomId }
    const input = { ...event, ...room, prevEvents: idsAt(event.prevEvents), authEvents: idsAt(event.authEvents) }
    return { ...eventOf(version, input), rejected: vectors.rejected?.includes(place) ?? false }
  })
  const byId = new Map(pdus.map((pdu) => [pdu.eventId, pdu]))
  return vectors.resolutions.map(({ states }) => {
    const maps = states.map((places) => new Map(idsAt(places).flatMap((eventId) => {
      const pdu = byId.get(eventId)
      return pdu === undefined ? [] : [[keyOf(pdu), eventId] as const]
    })))
    const resolved = resolveState(version, maps, { findEvent: (eventId) => byId.get(eventId) })
    return [...resolved.values()].map((eventId) => ids.indexOf(eventId)).sort((a, b) => a - b)
  })
}

export function testVectors(): void {
  t.test('auth rules: what other servers answer', async (t) => {
    for (const vectors of read<DecisionVectors>('decisions')) {
      const expected = vectors.decisions.map(({ list, rules }) => `${list} ${rules}`)
      const { version, seed, found = '' } = vectors
      t.strictSame(answersTo(vectors), expected, `version ${version}, seed ${seed.join('.')}, ${found}`)
    }
  })

  t.test('state resolution: what other servers come to', async (t) => {
    for (const vectors of read<ResolutionVectors>('resolutions')) {
      const expected = vectors.resolutions.map(({ resolved }) => resolved)
      t.strictSame(resolvedOf(vectors), expected, `version ${vectors.version}, seed ${vectors.seed.join('.')}`)
    }
  })

  t.test('events: the hashes and ids that other servers compute', async (t) => {
    for (const { version: id, seed, holds, found, text, ...expected } of read<EventVector>('events')) {
      const event = parseObject(text)
      const version = versionOf(id)
      const redacted = hash('sha256', canonicalJson(redactEvent(event, version)), 'base64url')
      t.strictSame({ contentHash: contentHash(event), eventId: eventIdOf(event, version), redacted }, expected,
        `version ${id}, seed ${seed.join('.')}, ${found ?? holds}`)
    }
  })
}
