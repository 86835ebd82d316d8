import type { JsonObject } from '../matrix/json.ts'
import type { MembershipOptions } from './membership.ts'

/**
 * What a client says when it joins (Client-Server API, POST /join/{roomIdOrAlias}): the reason, and whatever it wants to
 * stand in its membership besides, but for what only a server may say there.
 */
export function joinOptions(body: { readonly reason?: string } & JsonObject): MembershipOptions {
  const {
    reason, membership: _, third_party_signed: _proof, third_party_invite: _invite, join_authorised_via_users_server: _via,
    is_direct: _direct, displayname: _name, avatar_url: _avatar, ...content
  } = body
  return { reason, content: Object.keys(content).length === 0 ? undefined : content }
}
