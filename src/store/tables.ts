import type { ColumnType, Generated } from 'kysely'

/** The rows of the database, as its migrations make them. Numbers of 64 bits arrive as JavaScript numbers. */
export interface Tables {
  server_info: { name: string, value: string }
  tenures: { epoch: Generated<number>, address: string | null, home: string, expires_at: Date }
  leases: { name: string, epoch: number | null }
  appservice_queues: { appservice_id: string, pos: number, txn: number, pending: string | null, carried: string | null }
  appservice_rooms: { room_nid: number, appservice_id: string, network_id: string }
  follower_cursors: { follower: string, pos: number }
  background_jobs: BackgroundJobRow
  transactions: { key: Buffer, answer: string, created_at: number }
  users: { nid: Generated<number>, user_id: string }
  accounts: AccountRow
  profiles: { user_nid: number, display_name: string | null, avatar_url: string | null, fields: ColumnType<string, string | undefined> }
  devices: DeviceRow
  access_tokens: AccessTokenRow
  refresh_tokens: RefreshTokenRow
  login_tokens: { digest: Buffer, user_nid: number, expires_at: number }
  openid_tokens: { digest: Buffer, user_nid: number, expires_at: number }
  setup_links: { digest: Buffer, created_at: number, used_at: number | null }
  registration_tokens: RegistrationTokenRow
  uia_sessions: UiaSessionRow
  filters: { user_nid: number, filter_id: number, definition: string }
  account_data: { user_nid: number, room_nid: ColumnType<number, number | undefined>, type: string, content: string, pos: number }
  push_rules: { user_nid: number, rules: string, pos: number }
  presence: { user_nid: number, state: string, status_msg: string | null, last_active_at: number }
  reports: ReportRow
  rooms: {
    nid: Generated<number>, room_id: string, version: string, published: ColumnType<boolean, boolean | undefined>, created_at: number,
    deleted_at: ColumnType<number | null, number | undefined>,
  }
  blocked_rooms: { room_id: string, user_nid: number | null, created_at: number }
  room_retention: { room_nid: number, lifetime_ms: number | null }
  retention_days: { day: number, swept_ms: number }
  state_keys: { nid: Generated<number>, type: string, state_key: string | null }
  events: EventRow
  event_bodies: { event_nid: number, body_class: number, received_day: number, json: string }
  event_media: { mxc: string, event_nid: number }
  state_log: { room_nid: number, key_nid: number, from_pos: number, to_pos: number | null, event_nid: number, membership: string | null }
  state_branches: { nid: number, room_nid: number, parent_branch: number, parent_at: number, depth: number, is_told: Generated<boolean> }
  state_branch_log: {
    branch_nid: number, room_nid: number, key_nid: number, from_seq: number, event_nid: number | null, membership: string | null,
  }
  auth_chain_links: { room_nid: number, from_chain: number, from_seq: number, to_chain: number, to_seq: number }
  event_gaps: { room_nid: number, event_nid: number, missing_event_id: string }
  history_breaks: { room_nid: number, pos: number }
  memberships: MembershipRow
  room_aliases: { alias: string, room_nid: number, creator_nid: number, created_at: number }
  room_summaries: RoomSummaryRow
  receipts: ReceiptRow
  notification_counts: NotificationCountRow
  device_keys: { user_nid: number, device_id: string, keys: string }
  one_time_keys: OneTimeKeyRow
  fallback_keys: FallbackKeyRow
  to_device_messages: ToDeviceMessageRow
  to_device_losses: { user_nid: number, device_id: string, messages: number, first_at: number, last_at: number }
  received_messages: { key: Buffer, received_at: number }
  encryption_log: { nid: Generated<number>, user_nid: number, at: number, kind: string, subject: string | null }
  dehydrated_devices: { user_nid: number, device_id: string, device_data: string }
  device_list_changes: { pos: number, user_nid: number, only_user_nid: number | null, device_id: string | null }
  key_backups: KeyBackupRow
  backed_up_keys: BackedUpKeyRow
  cross_signing_keys: { user_nid: number, usage: 'master' | 'self_signing' | 'user_signing', key: string }
  key_signatures: { user_nid: number, key_id: string, signer_nid: number, signer_key_id: string, signature: string }
  media: MediaRow
  remote_device_lists: {
    user_nid: number, keys: string | null, stream_id: number | null, since_pos: number, version: number, is_current: boolean,
    is_announced: boolean, told_at: number,
  }
  remote_media: {
    server_name: string, media_id: string, content_type: string, upload_name: string | null, size_bytes: number, digest: string,
    fetched_at: number, read_at: number, quarantined: boolean,
  }
  destinations: DestinationRow
  server_keys: ServerKeyRow
  inbound_transactions: { origin: string, txn_id: string, answer: string, received_at: number }
  inbound_pdus: {
    nid: Generated<number>, room_nid: number, origin: string, event_id: string, json: string, is_authorised: boolean,
  }
  inbound_edus: { nid: Generated<number>, origin: string, edu_type: string, content: string }
  inbound_failures: { nid: Generated<number>, origin: string, name: string, json: string, error: string, failed_at: number }
  unsent_events: { server_name: string, room_nid: number, pos: number, earlier: number[] | null }
  unsent_edus: { server_name: string, pos: number, edu: string }
  unsent_edu_losses: { server_name: string, edus: number, first_at: number, last_at: number }
  unanswered_transactions: { server_name: string, txn_id: string, created_at: number, body: string, holds: string }
  carried_events: { event_id: string, origin: string, created_at: number }
  partial_joins: { room_id: string, event_id: string, servers: string }
  assumed_servers: { room_nid: number, server_name: string }
  destination_resets: { server_name: string }
}

/** A server that does not answer. */
export interface DestinationRow {
  server_name: string
  failing_since: number
  retry_at: number
  interval_ms: number
  problem: string
}

export interface ServerKeyRow {
  server_name: string
  key_id: string
  public_key: string
  valid_until_ts: number
  expired_ts: number | null
  fetched_at: number
  answer: string
}

export interface BackgroundJobRow {
  id: Generated<number>
  kind: string
  resource: ColumnType<string | null, string | undefined>
  arguments: string
  cursor: string | null
  done: ColumnType<number, number | undefined>
  total: number | null
  state: ColumnType<'waiting' | 'running' | 'finished' | 'failed', 'waiting' | undefined>
  error: string | null
  created_at: number
  updated_at: number
}

export interface AccountRow {
  user_nid: number
  kind: ColumnType<'user' | 'guest' | 'appservice', 'user' | 'guest' | 'appservice' | undefined>
  password: string | null
  is_admin: ColumnType<boolean, boolean | undefined>
  locked: ColumnType<boolean, boolean | undefined>
  suspended: ColumnType<boolean, boolean | undefined>
  deactivated_at: number | null
  erased: ColumnType<boolean, boolean | undefined>
  terms_accepted: string | null
  created_at: number
}

export interface DeviceRow {
  user_nid: number
  device_id: string
  display_name: string | null
  created_at: number
  last_seen_at: number | null
  last_seen_ip: string | null
  last_seen_agent: string | null
}

export interface AccessTokenRow {
  id: Generated<number>
  digest: Buffer
  user_nid: number
  device_id: string | null
  refresh_token_id: number | null
  used: ColumnType<boolean, boolean | undefined>
  expires_at: number | null
  created_at: number
}

export interface RefreshTokenRow {
  id: Generated<number>
  digest: Buffer
  user_nid: number
  device_id: string
  parent_id: number | null
  spent: ColumnType<boolean, boolean | undefined>
  created_at: number
}

export interface RegistrationTokenRow {
  token: string
  uses_allowed: number | null
  pending: ColumnType<number, number | undefined>
  completed: ColumnType<number, number | undefined>
  expires_at: number | null
}

export interface UiaSessionRow {
  id: string
  operation: string
  user_nid: number | null
  device_id: string | null
  completed: ColumnType<string, string | undefined>
  parameters: ColumnType<string, string | undefined>
  created_at: number
}

export interface ReportRow {
  id: Generated<number>
  reporter_nid: number
  room_id: string | null
  event_id: string | null
  user_id: string | null
  reason: string | null
  created_at: number
}

export interface EventRow {
  nid: number
  event_id: string
  room_nid: number
  sender_nid: number
  key_nid: number
  is_state: boolean
  pos: number | null
  place_pos: number | null
  place_offset: number
  depth: number
  origin_server_ts: number
  received_at: number
  status: number
  prev_nids: number[]
  auth_nids: number[]
  replaces_nid: number | null
  /** With a 0 among them where the event itself is none. */
  other_extremities: number[] | null
  rel_type: string | null
  relates_to: string | null
  thread_root: string | null
  redacts: string | null
  redacted_by: string | null
  body_class: number
  device_id: string | null
  txn_id: string | null
  state_branch: number | null
  state_seq: number | null
  chain_nid: number | null
  chain_seq: number | null
}

export interface MembershipRow {
  user_nid: number
  room_nid: number
  membership: string
  event_nid: number
  pos: number
  stripped_state: string | null
  forgotten: ColumnType<boolean, boolean | undefined>
}

export interface RoomSummaryRow {
  room_nid: number
  name: string | null
  topic: string | null
  canonical_alias: string | null
  avatar_url: string | null
  room_type: string | null
  join_rule: string
  world_readable: boolean
  guest_can_join: boolean
  encryption: string | null
  joined_members: number
}

export interface ReceiptRow {
  room_nid: number
  user_nid: number
  type: string
  thread_id: string
  event_id: string
  event_pos: number
  ts: number
  pos: number
}

export interface NotificationCountRow {
  user_nid: number
  room_nid: number
  thread_id: string
  counted_from: number
  counted_to: number
  notifications: number
  highlights: number
}

export interface OneTimeKeyRow {
  id: Generated<number>
  user_nid: number
  device_id: string
  algorithm: string
  key_id: string
  key: string
  claimed_at: number | null
}

export interface FallbackKeyRow {
  user_nid: number
  device_id: string
  algorithm: string
  key_id: string
  key: string
  used: ColumnType<boolean, boolean | undefined>
}

export interface ToDeviceMessageRow {
  user_nid: number
  device_id: string
  pos: number
  sender: string
  type: string
  content: string
  sent_at: number
}

export interface MediaRow {
  media_id: string
  owner_nid: number
  content_type: string | null
  upload_name: string | null
  size_bytes: number | null
  digest: string | null
  created_at: number
  expires_at: number | null
  quarantined: ColumnType<boolean, boolean | undefined>
}

export interface KeyBackupRow {
  user_nid: number
  version: number
  algorithm: string
  auth_data: string
  etag: ColumnType<number, number | undefined>
  key_count: ColumnType<number, number | undefined>
  deleted: ColumnType<boolean, boolean | undefined>
}

export interface BackedUpKeyRow {
  user_nid: number
  version: number
  room_id: string
  session_id: string
  first_message_index: number
  forwarded_count: number
  is_verified: boolean
  session_data: string
}
