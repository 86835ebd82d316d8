import { notAPublicKey, notAUserId, notAWebUrl } from '../complaints.ts'
import { flag, list, optionalText, section, text } from '../shapes.ts'

const contact = section('Somebody who looks after this server.', {
  matrix_id: optionalText('The user id, on whichever server.', { complain: notAUserId }),
  email_address: optionalText('The mail address.', {
    complain: (value) => (/^[^\s@]+@[^\s@]+$/.test(value) ? undefined : 'must be a mail address such as admin@example.org'),
  }),
  role: text('What for: m.role.admin for everything, m.role.security for what is delicate, or a name of your own.', 'm.role.admin', {
    complain: notARole,
  }),
})

/** Roles that the specification does not name begin with a name that somebody owns (appendices, Common Namespaced Identifier Grammar). */
function notARole(value: string): string | undefined {
  const isNamed = /^[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$/.test(value) && value.length <= 255
  if (value === 'm.role.admin' || value === 'm.role.security' || (isNamed && !value.startsWith('m.'))) return undefined
  return 'must be m.role.admin, m.role.security, or such as org.example.press'
}

export const wellKnown = section('The files under /.well-known/matrix.', {
  serve: flag('Whether this server answers them.', true),
  lookup: flag('Whether they are asked for when another server is looked up.', true),
  support: section('What people are told under /.well-known/matrix/support. Without any of it there is no such file.', {
    contacts: list('Who looks after this server.', contact, []),
    support_page: optionalText('A page that helps the people of this server.', { complain: notAWebUrl }),
  }),
  policy_server_key: optionalText('The public key of the policy server of this name, told under /.well-known/matrix/policy_server.', {
    complain: notAPublicKey,
  }),
})
