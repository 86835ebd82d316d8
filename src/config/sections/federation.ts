import { notAKeyId, notAPublicKey, notAServerName } from '../complaints.ts'
import { flag, list, optionalList, optionalText, requiredInteger, requiredText, section } from '../shapes.ts'

const serverName = requiredText('A server name.', { complain: notAServerName })

const oldKey = section('A key that this server signed with once.', {
  key_id: requiredText('Its id, such as ed25519:a_xYz1.', { complain: notAKeyId }),
  public_key: requiredText('The public key, in Base64.', { complain: notAPublicKey }),
  expired_ts: requiredInteger('When it was put away, in milliseconds since 1970.', { min: 0, max: Number.MAX_SAFE_INTEGER }),
})

export const federation = section('Talking to other homeservers.', {
  enabled: flag('Whether this server talks to others at all.', true),
  ca_file: optionalText('Certificates of authorities to trust besides the usual ones (PEM).', { path: 'must-exist' }),
  verify_tls: flag('Whether the certificates of other servers are checked.', true),
  allow_private_addresses: flag('Whether servers on private and loopback addresses may be reached.', false),
  trusted_key_servers: list('Servers that are asked for the keys of those that do not answer.', serverName, []),
  old_verify_keys: list('Keys of the past, so that others can still check what was signed with them.', oldKey, []),
  public_rooms: flag('Whether other servers may read the public room directory.', true),
  share_device_names: flag('Whether other servers are told how users named their devices.', true),
  domain_allowlist: optionalList('The only servers to talk to; without it, all.', serverName),
})
