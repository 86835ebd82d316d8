import { notABaseUrl, notANetwork, notAServerName } from '../complaints.ts'
import { list, optionalText, requiredText, text } from '../shapes.ts'

/** The keys that stand at the top of the file, outside any section. */
export const server = {
  server_name: requiredText('The name behind the colon in the addresses of your users. It can never be changed later.', {
    complain: notAServerName,
    derived: 'localhost in a trial; with a file there is no default',
  }),
  public_baseurl: optionalText('The address at which clients reach this server from outside.', {
    complain: notABaseUrl,
    derived: 'https://<server_name>; in a trial the first listener',
  }),
  data_dir: text('The folder of the embedded database, the signing key and the media.', './data', { path: 'any' }),
  signing_key_path: optionalText('The file of the key that signs this server\'s events. Made at the first start.', {
    path: 'any',
    derived: '<data_dir>/signing.key',
  }),
  trusted_proxies: list(
    'Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.',
    requiredText('An address or a network.', { complain: notANetwork }),
    ['127.0.0.1', '::1'],
  ),
}
