import { notAServerName } from '../complaints.ts'
import { flag, list, optionalList, optionalText, requiredText, section } from '../shapes.ts'

const serverName = requiredText('A server name.', { complain: notAServerName })

export const federation = section('Talking to other homeservers.', {
  enabled: flag('Whether this server talks to others at all.', true),
  ca_file: optionalText('Certificates of authorities to trust besides the usual ones (PEM).', { path: 'must-exist' }),
  verify_tls: flag('Whether the certificates of other servers are checked.', true),
  allow_private_addresses: flag('Whether servers on private and loopback addresses may be reached.', false),
  trusted_key_servers: list('Servers that are asked for the keys of those that do not answer.', serverName, []),
  public_rooms: flag('Whether other servers may read the public room directory.', true),
  domain_allowlist: optionalList('The only servers to talk to; without it, all.', serverName),
})
