import type { Pdu } from './event.ts'
import { serverNameOf } from './ids.ts'
import { isJsonObject, ownValue } from './json.ts'
import { actionLevel, listCreators, userLevel, type PowerLevels } from './power-levels.ts'
import type { FindState, StateEvent } from './room-state.ts'
import type { RoomVersion } from './room-versions.ts'
import { authorizeThirdPartyInvite } from './third-party-invites.ts'
import { allow, reject, type Verdict } from './verdict.ts'

/** All that the membership rules look at. */
export interface MembershipQuestion {
  readonly version: RoomVersion
  readonly event: Pick<Pdu, 'sender' | 'stateKey' | 'content' | 'prevEvents'>
  readonly create: StateEvent
  readonly findState: FindState
  readonly levels: PowerLevels
  readonly isSignedBy: (serverName: string) => boolean
}

/** The membership of a user in a state, or undefined where the user was never a member. */
export function membershipOf(findState: FindState, userId: string): string | undefined {
  const member = findState('m.room.member', userId)
  const membership = member === undefined ? undefined : ownValue(member.content, 'membership')
  return typeof membership === 'string' ? membership : undefined
}

/** The join rule of a state; a room without one is by invite. */
function joinRuleOf(findState: FindState): string {
  const rules = findState('m.room.join_rules', '')
  const rule = rules === undefined ? undefined : ownValue(rules.content, 'join_rule')
  return typeof rule === 'string' ? rule : 'invite'
}

/** The rules for `m.room.member` (each room version, Authorisation rules). */
export function authorizeMembership(question: MembershipQuestion): Verdict {
  const { version, event, isSignedBy } = question
  const target = event.stateKey
  const membership = ownValue(event.content, 'membership')
  if (target === undefined || membership === undefined) return reject('A membership has a state key and says what it is.')
  const authoriser = version.restrictedJoins ? ownValue(event.content, 'join_authorised_via_users_server') : undefined
  if (authoriser !== undefined) {
    const serverName = typeof authoriser === 'string' ? serverNameOf(authoriser) : undefined
    if (serverName === undefined || !isSignedBy(serverName)) return reject('The authorising server has not signed the event.')
  }
  switch (membership) {
    case 'join': return authorizeJoin(question, target)
    case 'invite': return authorizeInvite(question, target)
    case 'leave': return authorizeLeave(question, target)
    case 'ban': return authorizeBan(question, target)
    case 'knock': return version.knocking ? authorizeKnock(question, target) : reject('This room version has no knocking.')
    default: return reject('The membership is unknown.')
  }
}

function authorizeJoin(question: MembershipQuestion, target: string): Verdict {
  const { version, event, create, findState } = question
  const [previous, ...others] = event.prevEvents
  if (others.length === 0 && previous === create.eventId && target === listCreators(version, create)[0]) return allow
  if (event.sender !== target) return reject('Nobody joins for another user.')
  const current = membershipOf(findState, target)
  if (current === 'ban') return reject('The user is banned.')
  const rule = joinRuleOf(findState)
  const isMember = current === 'join' || current === 'invite'
  if (rule === 'public') return allow
  if (rule === 'invite' || (rule === 'knock' && version.knocking)) {
    return isMember ? allow : reject('The room is by invite, and the user has none.')
  }
  const isRestricted = rule === 'restricted' ? version.restrictedJoins : rule === 'knock_restricted' && version.knockRestricted
  if (!isRestricted) return reject('The join rule lets nobody in.')
  return isMember ? allow : authorizeRestrictedJoin(question)
}

/** Room version 8: a member who may invite vouches for who joins. */
function authorizeRestrictedJoin({ event, findState, levels }: MembershipQuestion): Verdict {
  const authoriser = ownValue(event.content, 'join_authorised_via_users_server')
  if (typeof authoriser !== 'string') return reject('The room is restricted, and nobody authorises the join.')
  if (membershipOf(findState, authoriser) !== 'join') return reject('Who authorises the join is not in the room.')
  const mayInvite = userLevel(levels, authoriser) >= actionLevel(levels, 'invite')
  return mayInvite ? allow : reject('Who authorises the join may not invite.')
}

function authorizeInvite({ event, findState, levels }: MembershipQuestion, target: string): Verdict {
  const thirdParty = ownValue(event.content, 'third_party_invite')
  const current = membershipOf(findState, target)
  if (thirdParty !== undefined) {
    if (current === 'ban') return reject('The user is banned.')
    const invite = isJsonObject(thirdParty) ? ownValue(thirdParty, 'signed') : undefined
    return authorizeThirdPartyInvite(event, target, invite, findState)
  }
  if (membershipOf(findState, event.sender) !== 'join') return reject('The sender is not in the room.')
  if (current === 'join' || current === 'ban') return reject('The user is in the room already, or banned.')
  return userLevel(levels, event.sender) >= actionLevel(levels, 'invite') ? allow : reject('The sender may not invite.')
}

function authorizeLeave({ version, event, findState, levels }: MembershipQuestion, target: string): Verdict {
  const current = membershipOf(findState, target)
  if (event.sender === target) {
    const mayLeave = current === 'join' || current === 'invite' || (current === 'knock' && version.knocking)
    return mayLeave ? allow : reject('The user is not in the room.')
  }
  if (membershipOf(findState, event.sender) !== 'join') return reject('The sender is not in the room.')
  const senderLevel = userLevel(levels, event.sender)
  if (current === 'ban' && senderLevel < actionLevel(levels, 'ban')) return reject('The sender may not unban.')
  const mayKick = senderLevel >= actionLevel(levels, 'kick') && userLevel(levels, target) < senderLevel
  return mayKick ? allow : reject('The sender may not kick this user.')
}

function authorizeBan({ event, findState, levels }: MembershipQuestion, target: string): Verdict {
  if (membershipOf(findState, event.sender) !== 'join') return reject('The sender is not in the room.')
  const senderLevel = userLevel(levels, event.sender)
  const mayBan = senderLevel >= actionLevel(levels, 'ban') && userLevel(levels, target) < senderLevel
  return mayBan ? allow : reject('The sender may not ban this user.')
}

/** Room version 7, and version 10 for rooms that are restricted as well. */
function authorizeKnock({ version, event, findState }: MembershipQuestion, target: string): Verdict {
  const rule = joinRuleOf(findState)
  const takesKnocks = rule === 'knock' || (rule === 'knock_restricted' && version.knockRestricted)
  if (!takesKnocks) return reject('The room does not take knocks.')
  if (event.sender !== target) return reject('Nobody knocks for another user.')
  const current = membershipOf(findState, target)
  const isShutOut = current === 'ban' || current === 'invite' || current === 'join'
  return isShutOut ? reject('The user is in the room already, invited, or banned.') : allow
}
