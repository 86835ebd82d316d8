import { flag, optionalText, section } from '../shapes.ts'

export const outboundHttp = section('Requests to push gateways, application services, previews and identity servers.', {
  ca_file: optionalText('Certificates of authorities to trust besides the usual ones (PEM).', { path: 'must-exist' }),
  verify_tls: flag('Whether certificates are checked.', true),
  allow_private_addresses: flag('Whether private and loopback addresses may be reached.', false),
})
