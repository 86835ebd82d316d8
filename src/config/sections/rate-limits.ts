import { flag, idle, number, section } from '../shapes.ts'

/** A bucket of `burst` that fills again by `per_second`. */
function bucket(about: string, perSecond: number, burst: number) {
  return section(about, {
    per_second: number('How many a second in the long run.', perSecond, { min: 0, max: 1_000_000 }),
    burst: number('How many at once.', burst, { min: 1, max: 1_000_000 }),
  })
}

const buckets = {
  message: bucket('Events sent, by user.', 0.2, 10),
  join_local: bucket('Joins of rooms known here, by user.', 0.1, 10),
  join_remote: bucket('Joins over another server, by user.', 0.01, 10),
  join_per_room: bucket('Joins of one room.', 1, 10),
  registration: bucket('Registrations, by address.', 0.17, 3),
  registration_token_validity: bucket('Questions whether a registration token is good, by address.', 0.1, 5),
  login_address: bucket('Logins, by address.', 0.003, 5),
  login_account: bucket('Logins, by account.', 0.003, 5),
  login_failed: bucket('Failed logins, by account.', 0.17, 3),
  invites_per_room: bucket('Invites into one room.', 0.3, 10),
  invites_per_invitee: bucket('Invites of one user.', 0.003, 5),
  invites_per_sender: bucket('Invites by one user.', 0.3, 10),
  third_party_invite: bucket('Invites by e-mail address, by user.', 0.0025, 5),
  third_party_mail: idle(bucket('Mails that prove an address, by address.', 0.003, 5)),
  third_party_binding: bucket('Tidings of identity servers whose an address is, by address.', 1, 10),
  room_creation: bucket('Rooms created, by user.', 0.016, 10),
  presence: bucket('Changes of presence, by user.', 0.1, 1),
  user_directory: bucket('Searches of the user directory, by user.', 0.016, 200),
  reports: bucket('Reports of rooms, events and users, by user.', 1, 5),
  key_requests: bucket('Uploads, queries and claims of keys, by user.', 20, 100),
  media_create: bucket('Media created, by user.', 10, 50),
  federation: bucket('Requests of other servers, by server.', 50, 500),
}

export const rateLimits = section('How often one may ask. Who asks too often is told when to come back.', {
  enabled: flag('Whether there are limits at all.', true),
  ...buckets,
})
