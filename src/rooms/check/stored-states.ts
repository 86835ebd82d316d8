import { stateKeyText } from '../../matrix/room-state.ts'
import type { StateMap } from '../../matrix/state-resolution/resolution.ts'
import type { Db } from '../../store/database.ts'
import { listStatePage, type Reference, type StatePage } from '../../store/rooms/state-at.ts'
import { yieldToLoop } from '../../util/yield.ts'
import { Branches } from '../state/branches.ts'

interface NamedKey { readonly type: string, readonly stateKey: string }

const PAGE_SIZE = 1_000

/** A whole state as it is stored. `nameOf` tells the entry that an event is of. */
export async function readStoredState(
  db: Db, room: number, reference: Reference, nameOf: (eventId: string) => NamedKey | undefined,
): Promise<Map<string, string>> {
  const state = new Map<string, string>()
  const branches = new Branches(db)
  await branches.load([reference.branch])
  const path = branches.pathOf(reference)
  let after: number | undefined = 0
  while (after !== undefined) {
    const { entries, next }: StatePage = await listStatePage(db, room, path, { after, limit: PAGE_SIZE, withoutMembers: false })
    for (const { event_id: eventId } of entries) {
      const name = nameOf(eventId)
      state.set(name === undefined ? eventId : stateKeyText(name), eventId)
    }
    await yieldToLoop()
    after = next
  }
  return state
}

/** What differs between a state that is stored and the one that the events lead to, a sentence for each entry. */
export function compareStates(stored: StateMap, replayed: StateMap): string[] {
  const keys = new Set([...stored.keys(), ...replayed.keys()])
  return [...keys].filter((key) => stored.get(key) !== replayed.get(key)).map((key) => (
    `${key.slice(key.indexOf(':') + 1)}: stored is ${stored.get(key) ?? 'nothing'}, the events lead to ${replayed.get(key) ?? 'nothing'}.`
  ))
}
