import type { AppserviceRegistration } from '../../../src/config/sections/appservice.ts'

/** The registration of a bridge of the tests, whose users begin with `_irc_`. */
export function bridge(changes: Partial<AppserviceRegistration> = {}): AppserviceRegistration {
  return {
    id: 'irc', url: undefined, asToken: 'as-secret', hsToken: 'hs-secret', senderLocalpart: '_irc_bot', rateLimited: true,
    protocols: ['irc'], receiveEphemeral: true, receivesDeviceChanges: true,
    namespaces: {
      users: [{ exclusive: true, regex: '@_irc_.*:localhost' }],
      aliases: [{ exclusive: true, regex: '#_irc_.*:localhost' }],
      rooms: [],
    },
    ...changes,
  }
}

export const AS_TOKEN = 'as-secret'
