import { compileGlob, includesWords } from '../glob.ts'
import { ownValue, type JsonObject, type JsonValue } from '../json.ts'
import { OWN_USER_ID, type DefaultCondition } from './default-push-rules.ts'
import { BODY, parsePropertyPath, type PushEvent } from './push-event.ts'

/** What differs by who receives the event. */
export interface PushRecipient {
  readonly userId: string
  /** Their name in the room, if they have one. */
  readonly displayName: string | undefined
}

/** A condition, ready to be asked. */
export type PushCondition = (event: PushEvent, recipient: PushRecipient) => boolean

const MEMBER_COUNT = /^(==|<=|>=|<|>)?(\d+)$/
const never: PushCondition = () => false

/** Compiles a condition of a user's rule; one that is unknown or malformed never holds (Client-Server API, Conditions). */
export function compileCondition(condition: JsonObject): PushCondition {
  const [key, pattern, is] = ['key', 'pattern', 'is'].map((name) => ownValue(condition, name))
  switch (ownValue(condition, 'kind')) {
    case 'event_match':
      return typeof key === 'string' && typeof pattern === 'string' ? eventMatch(key, pattern) : never
    case 'event_property_is':
      return typeof key === 'string' ? eventPropertyIs(key, ownValue(condition, 'value')) : never
    case 'event_property_contains':
      return typeof key === 'string' ? eventPropertyContains(key, ownValue(condition, 'value')) : never
    case 'contains_display_name': return containsDisplayName
    case 'room_member_count': return typeof is === 'string' ? roomMemberCount(is) : never
    case 'sender_notification_permission':
      return typeof key === 'string' ? (event) => event.mayNotify(key) : never
    default: return never
  }
}

/** Compiles a condition of a default rule, where the recipient's id may stand for a value. */
export function compileDefaultCondition({ pattern, value, ...others }: DefaultCondition): PushCondition {
  const path = parsePropertyPath(others.key ?? '')
  // An id is a text of its own here: the stars and case of a pattern have no place in it.
  if (pattern === OWN_USER_ID) return (event, { userId }) => event.valueAt(path) === userId
  if (value === OWN_USER_ID) return (event, { userId }) => contains(event.valueAt(path), userId)
  return compileCondition({ ...others, ...(pattern === undefined ? {} : { pattern }), ...(value === undefined ? {} : { value }) })
}

/** The condition of a content rule, too: the pattern in the words of the body. */
export function eventMatch(key: string, pattern: string): PushCondition {
  const path = parsePropertyPath(key)
  const glob = compileGlob(pattern.toLowerCase())
  const matches = key === BODY.key ? glob.matchesWords : glob.matches
  return (event) => {
    const text = event.lowerTextAt(path)
    return text !== undefined && matches(text)
  }
}

function eventPropertyIs(key: string, value: JsonValue | undefined): PushCondition {
  const path = parsePropertyPath(key)
  return isScalar(value) ? (event) => event.valueAt(path) === value : never
}

function eventPropertyContains(key: string, value: JsonValue | undefined): PushCondition {
  const path = parsePropertyPath(key)
  return isScalar(value) ? (event) => contains(event.valueAt(path), value) : never
}

function contains(list: JsonValue | undefined, value: JsonValue): boolean {
  return Array.isArray(list) && list.includes(value)
}

const containsDisplayName: PushCondition = (event, { displayName }) => {
  if (displayName === undefined || displayName === '') return false
  const body = event.lowerTextAt(BODY)
  return body !== undefined && includesWords(body, displayName.toLowerCase())
}

function roomMemberCount(is: string): PushCondition {
  const [, comparison = '==', digits] = MEMBER_COUNT.exec(is) ?? []
  if (digits === undefined) return never
  const count = Number(digits)
  switch (comparison) {
    case '<': return (event) => event.memberCount < count
    case '>': return (event) => event.memberCount > count
    case '<=': return (event) => event.memberCount <= count
    case '>=': return (event) => event.memberCount >= count
    default: return (event) => event.memberCount === count
  }
}

function isScalar(value: JsonValue | undefined): value is null | boolean | number | string {
  return value !== undefined && (typeof value !== 'object' || value === null)
}
