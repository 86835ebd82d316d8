import { integer, list, optionalText, requiredText, section } from '../shapes.ts'

const uri = requiredText('The address of a TURN server, such as turn:turn.example.org?transport=udp.', {
  complain: (value) => (/^turns?:[^\s/]+$/.test(value) ? undefined : 'must be an address such as turn:turn.example.org:3478?transport=udp'),
})

export const turn = section('The TURN servers through which calls find their way. Without uris clients are told of none.', {
  uris: list('Their addresses.', uri, []),
  shared_secret: optionalText('The static-auth-secret of coturn: everybody gets a password of his own, which expires.', { secret: true }),
  username: optionalText('Instead of a shared secret: the name that everybody is given.'),
  password: optionalText('And the password that everybody is given.', { secret: true }),
  lifetime_ms: integer('For how long clients may use what they are given.', 3_600_000, { min: 60_000, max: 604_800_000 }),
})
