import { newUserId } from '../../matrix/ids.ts'
import { flag, list, requiredText, section } from '../shapes.ts'
import type { Leaf, ValueOf } from '../shape.ts'

const namespace = section('A part of the names on this server.', {
  exclusive: flag('Whether nobody else can take a name in it.', true),
  regex: requiredText('The names in it, as a regular expression that begins where the name begins.', { complain: complainOfRegex }),
})

/** `url: null` is how an application service says that it wants to be sent nothing. */
const url: Leaf<string | undefined> = {
  kind: 'text', about: 'Where the application service listens; null if it wants to be sent nothing.', required: true, nullable: true,
  complain: (value) => (/^https?:$/.test(URL.parse(value)?.protocol ?? '') ? undefined : 'must be a URL such as http://localhost:29333'),
}

/** A registration file of an application service (Application Service API, Registration). Bridges write further keys into theirs. */
export const appservice = section('The registration of an application service.', {
  id: requiredText('A name for it that no other one on this server has.'),
  url,
  as_token: requiredText('The token with which it asks this server.', { complain: complainOfToken }),
  hs_token: requiredText('The token with which this server asks it.', { complain: complainOfToken }),
  sender_localpart: requiredText('The localpart of its own user.', {
    complain: (value) => (newUserId(value, 'server') === undefined ? 'cannot be the localpart of a user id' : undefined),
  }),
  namespaces: section('The names that it cares for.', {
    users: list('User ids.', namespace, []),
    aliases: list('Room aliases.', namespace, []),
    rooms: list('Room ids.', namespace, []),
  }),
  rate_limited: flag('Whether its users, but for its own one, are held to the rate limits.', true),
  protocols: list('The networks that it is a bridge to.', requiredText('The name of a network.'), []),
  receive_ephemeral: flag('Whether it is sent typing, receipts, presence and messages to devices.', false),
  receives_device_changes: flag('Whether it is sent changes of devices and counts of keys (MSC3202).', false),
})

export type AppserviceRegistration = ValueOf<typeof appservice>

function complainOfRegex(value: string): string | undefined {
  try {
    new RegExp(value)
    return undefined
  } catch (error) {
    return `is no regular expression: ${(error as Error).message}`
  }
}

function complainOfToken(value: string): string | undefined {
  return /^\S+$/.test(value) ? undefined : 'cannot hold spaces'
}
