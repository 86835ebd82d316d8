import { notAnAddress } from '../complaints.ts'
import { list, optionalSection, requiredInteger, requiredList, requiredText, section, text, word } from '../shapes.ts'

const RESOURCES = ['client', 'federation', 'metrics', 'health'] as const
export type ListenerResource = (typeof RESOURCES)[number]

const listener = section('One address to listen on.', {
  bind: text('The address of this machine to listen on; 0.0.0.0 for all.', '127.0.0.1', { complain: notAnAddress }),
  port: requiredInteger('The TCP port; 0 for any that is free.', { min: 0, max: 65_535 }),
  resources: requiredList('What is answered there.', word('One of the APIs.', RESOURCES)),
  tls: optionalSection('Certificate and key, where no reverse proxy does this.', {
    cert: requiredText('The PEM file of the certificate with its chain.', { path: 'must-exist' }),
    key: requiredText('The PEM file of the private key.', { path: 'must-exist' }),
  }),
})

export const listeners = list('Where the server listens, and for what.', listener, [
  { bind: '127.0.0.1', port: 8008, resources: ['client', 'federation', 'health'], tls: undefined },
])
