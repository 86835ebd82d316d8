import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { Tables } from './tables.ts'

/** How the rows of a table concern a person. */
export type PersonalData =
  /** Rows of one user, told by a column that holds the user's number. */
  | { readonly kind: 'own', readonly column: string, readonly onErasure: 'delete' | 'keep', readonly holds: string }
  /** What a user said to others; it is handled by the rooms, not row by row. */
  | { readonly kind: 'said', readonly holds: string }
  /** Nothing that tells of a person. */
  | { readonly kind: 'none' }

const NONE = { kind: 'none' } as const

const own = (column: string, onErasure: 'delete' | 'keep', holds: string): PersonalData => ({ kind: 'own', column, onErasure, holds })
const said = (holds: string): PersonalData => ({ kind: 'said', holds })

/**
 * The personal data of every table, for export and erasure. A table that is missing here does not compile, and a test
 * compares the list with the database.
 */
export const PERSONAL_DATA: Readonly<Record<keyof Tables, PersonalData>> = {
  server_info: NONE,
  tenures: NONE,
  leases: NONE,
  appservice_queues: said('What happens to users of application services, until these have taken it.'),
  appservice_rooms: NONE,
  follower_cursors: NONE,
  background_jobs: said('Who asked for work on which room or account, until some time after it was done.'),
  transactions: NONE,
  users: own('nid', 'keep', 'The user id, so that nobody else can ever have it.'),
  accounts: own('user_nid', 'keep', 'When the account was made and closed. The password goes when it is closed.'),
  profiles: own('user_nid', 'delete', 'The display name, the avatar and further fields.'),
  devices: own('user_nid', 'delete', 'Names of devices, when and from which address they were last seen.'),
  access_tokens: own('user_nid', 'delete', 'Digests of access tokens.'),
  refresh_tokens: own('user_nid', 'delete', 'Digests of refresh tokens.'),
  login_tokens: own('user_nid', 'delete', 'Digests of login tokens.'),
  openid_tokens: own('user_nid', 'delete', 'Digests of OpenID tokens.'),
  setup_links: NONE,
  registration_tokens: NONE,
  uia_sessions: own('user_nid', 'delete', 'Authentication in progress.'),
  filters: own('user_nid', 'delete', 'What clients want to see of a sync.'),
  account_data: own('user_nid', 'delete', 'Settings, tags, whom the user ignores.'),
  push_rules: own('user_nid', 'delete', 'What the user wants to be told of.'),
  presence: own('user_nid', 'delete', 'When the user was last active, and a status message.'),
  reports: own('reporter_nid', 'keep', 'What the user reported; kept, since it concerns what others did.'),
  rooms: NONE,
  blocked_rooms: own('user_nid', 'keep', 'Who blocked a room; kept as long as it is blocked.'),
  room_retention: NONE,
  retention_days: NONE,
  state_keys: said('User ids as keys of memberships.'),
  events: said('Who sent what and when, from which device; it stays when the body has been purged.'),
  event_bodies: said('What was said, in all partitions: state, what is kept, and what goes with its day.'),
  event_media: NONE,
  state_log: said('Memberships over time.'),
  state_branches: NONE,
  state_branch_log: said('Memberships where the graph of a room forks.'),
  auth_chain_links: NONE,
  event_gaps: NONE,
  history_breaks: NONE,
  memberships: own('user_nid', 'keep', 'Which rooms the user was in; kept as long as the rooms are.'),
  room_aliases: own('creator_nid', 'keep', 'Who made an alias.'),
  room_summaries: NONE,
  destinations: NONE,
  server_keys: NONE,
  inbound_transactions: NONE,
  inbound_pdus: said('What users of other servers said, until it is in its room.'),
  inbound_edus: said('What users of other servers said to ours, until it is with them.'),
  inbound_failures: said('What of it could not be understood, the latest records only.'),
  unsent_events: NONE,
  unsent_edus: said('Messages to devices and changes of devices, until the other server has them.'),
  unsent_edu_losses: NONE,
  unanswered_transactions: said('What another server was sent, until it has it or it is too old.'),
  carried_events: NONE,
  assumed_servers: NONE,
  partial_joins: NONE,
  destination_resets: NONE,
  media: own('owner_nid', 'keep', 'Which files the user uploaded; they are shown in rooms.'),
  remote_device_lists: own('user_nid', 'delete', 'Devices and keys of users of other servers, as long as somebody here meets them.'),
  remote_media: NONE,
  receipts: own('user_nid', 'delete', 'How far the user has read.'),
  notification_counts: own('user_nid', 'delete', 'How much the user has not read.'),
  device_keys: own('user_nid', 'delete', 'Public keys of devices.'),
  one_time_keys: own('user_nid', 'delete', 'Public keys for single use.'),
  fallback_keys: own('user_nid', 'delete', 'Public keys for when the others have run out.'),
  backed_up_keys: own('user_nid', 'delete', 'Keys to encrypted messages, which only the user can read.'),
  key_backups: own('user_nid', 'delete', 'Which backups of keys the user made.'),
  cross_signing_keys: own('user_nid', 'delete', 'Public keys that sign devices and other users.'),
  key_signatures: own('signer_nid', 'delete', 'Whose keys and which devices the user verified.'),
  to_device_messages: own('user_nid', 'delete', 'Messages that wait for devices.'),
  to_device_losses: own('user_nid', 'delete', 'How many messages devices never fetched.'),
  received_messages: NONE,
  encryption_log: own('user_nid', 'delete', 'When devices, cross-signing keys and key backups came and went.'),
  dehydrated_devices: own('user_nid', 'delete', 'A device that is kept for when the user has no other, which only the user can read.'),
  device_list_changes: own('user_nid', 'keep', 'When the devices changed.'),
}

/** Deletes every row of a user that does not outlast an erasure. */
export async function deletePersonalRows(db: Db, user: number): Promise<void> {
  for (const [table, data] of Object.entries(PERSONAL_DATA)) {
    if (data.kind !== 'own' || data.onErasure !== 'delete') continue
    await sql`delete from ${sql.table(table)} where ${sql.ref(data.column)} = ${user}`.execute(db)
  }
}
