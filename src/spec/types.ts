// Generated from /spec by `npm run spec`. Change the documents there, never this file.

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject { readonly [key: string]: JsonValue }

export type AuthData = {
  readonly type?: string
  readonly session?: string
  readonly [key: string]: JsonValue
}

export type BooleanCapability = {
  readonly enabled: boolean
}

export type ClientDevice = {
  readonly device_id: string
  readonly display_name?: string | undefined
  readonly last_seen_ip?: string | undefined
  readonly last_seen_ts?: number | undefined
}

export type ClientEvent = ClientEventWithoutRoomId & {
  readonly room_id: string
}

export type ClientEventWithoutRoomId = {
  readonly event_id: string
  readonly type: string
  readonly state_key?: string | undefined
  readonly sender: string
  readonly origin_server_ts: number
  readonly content: object
  readonly unsigned?: {
    readonly age?: number | undefined
    readonly redacted_because?: object | undefined
    readonly transaction_id?: string | undefined
    readonly prev_content?: object | undefined
    readonly replaces_state?: string | undefined
    readonly membership?: string | undefined
    readonly [key: string]: unknown
  } | undefined
}

export type CoreEvent = {
  readonly content: object
  readonly type: string
}

export type CoreStrippedState = {
  readonly content: object
  readonly state_key: string
  readonly type: string
  readonly sender: string
}

export type CrossSigningKey = {
  readonly user_id: string
  readonly usage: readonly ('master' | 'self_signing' | 'user_signing')[]
  readonly keys: Readonly<Record<string, string>>
  readonly signatures?: object | undefined
}

export type CrossSigningKeyInput = {
  readonly user_id: string
  readonly usage: readonly ('master' | 'self_signing' | 'user_signing')[]
  readonly keys: Readonly<Record<string, string>>
  readonly signatures?: JsonObject
}

export type DeviceKeys = {
  readonly user_id: string
  readonly device_id: string
  readonly algorithms: readonly string[]
  readonly keys: Readonly<Record<string, string>>
  readonly signatures: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export type DeviceKeysInput = {
  readonly user_id: string
  readonly device_id: string
  readonly algorithms: readonly string[]
  readonly keys: Readonly<Record<string, string>>
  readonly signatures: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export type EventBatch = {
  readonly events?: readonly CoreEvent[] | undefined
}

export type EventFilter = {
  readonly limit?: number | undefined
  readonly not_senders?: readonly string[] | undefined
  readonly not_types?: readonly string[] | undefined
  readonly senders?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
}

export type EventFilterInput = {
  readonly limit?: number
  readonly not_senders?: readonly string[]
  readonly not_types?: readonly string[]
  readonly senders?: readonly string[]
  readonly types?: readonly string[]
}

export type Invite3pid = {
  readonly id_server: string
  readonly id_access_token: string
  readonly medium: string
  readonly address: string
}

export type KeyBackupData = {
  readonly first_message_index: number
  readonly forwarded_count: number
  readonly is_verified: boolean
  readonly session_data: object
}

export type KeyBackupDataInput = {
  readonly first_message_index: number
  readonly forwarded_count: number
  readonly is_verified: boolean
  readonly session_data: JsonObject
}

export type OneTimeKeys = Readonly<Record<string, string | {
  readonly key: string
  readonly signatures: Readonly<Record<string, object>>
}>>

export type OneTimeKeysInput = Readonly<Record<string, string | {
  readonly key: string
  readonly signatures: Readonly<Record<string, JsonObject>>
}>>

export type OpenidToken = {
  readonly access_token: string
  readonly token_type: string
  readonly matrix_server_name: string
  readonly expires_in: number
}

export type Protocol = ThirdpartyProtocolBase & {
  readonly instances: readonly (ThirdpartyProtocolInstance & {
    readonly instance_id?: string | undefined
  })[]
}

export type PublicRoomsChunk = {
  readonly canonical_alias?: string | undefined
  readonly name?: string | undefined
  readonly num_joined_members: number
  readonly room_id: string
  readonly topic?: string | undefined
  readonly world_readable: boolean
  readonly guest_can_join: boolean
  readonly avatar_url?: string | undefined
  readonly join_rule?: string | undefined
  readonly room_type?: string | undefined
}

export type PublicRoomsResponse = {
  readonly chunk: readonly PublicRoomsChunk[]
  readonly next_batch?: string | undefined
  readonly prev_batch?: string | undefined
  readonly total_room_count_estimate?: number | undefined
}

export type PushCondition = {
  readonly kind: string
  readonly key?: string | undefined
  readonly pattern?: string | undefined
  readonly is?: string | undefined
  readonly value?: string | number | boolean | null | undefined
}

export type PushConditionInput = {
  readonly kind: string
  readonly key?: string
  readonly pattern?: string
  readonly is?: string
  readonly value?: string | number | boolean | null
}

export type PushRule = {
  readonly actions: readonly (string | object)[]
  readonly default: boolean
  readonly enabled: boolean
  readonly rule_id: string
  readonly conditions?: readonly PushCondition[] | undefined
  readonly pattern?: string | undefined
}

export type PushRuleset = {
  readonly content?: readonly PushRule[] | undefined
  readonly override?: readonly PushRule[] | undefined
  readonly room?: readonly PushRule[] | undefined
  readonly sender?: readonly PushRule[] | undefined
  readonly underride?: readonly PushRule[] | undefined
}

export type RelationsResponse = {
  readonly next_batch?: string | undefined
  readonly prev_batch?: string | undefined
  readonly recursion_depth?: number | undefined
}

export type RequestEmailValidation = RequestEmailValidationIdentity & {
  readonly id_server?: string
  readonly id_access_token?: string
}

export type RequestEmailValidationIdentity = {
  readonly client_secret: string
  readonly email: string
  readonly send_attempt: number
  readonly next_link?: string
}

export type RequestMsisdnValidation = RequestMsisdnValidationIdentity & {
  readonly id_server?: string
  readonly id_access_token?: string
}

export type RequestMsisdnValidationIdentity = {
  readonly client_secret: string
  readonly country: string
  readonly phone_number: string
  readonly send_attempt: number
  readonly next_link?: string
}

export type RequestTokenResponse = {
  readonly sid: string
  readonly submit_url?: string | undefined
}

export type RoomEventFilter = EventFilter & {
  readonly unread_thread_notifications?: boolean | undefined
  readonly lazy_load_members?: boolean | undefined
  readonly include_redundant_members?: boolean | undefined
  readonly not_rooms?: readonly string[] | undefined
  readonly rooms?: readonly string[] | undefined
  readonly contains_url?: boolean | undefined
}

export type RoomEventFilterInput = EventFilterInput & {
  readonly unread_thread_notifications?: boolean
  readonly lazy_load_members?: boolean
  readonly include_redundant_members?: boolean
  readonly not_rooms?: readonly string[]
  readonly rooms?: readonly string[]
  readonly contains_url?: boolean
}

export type RoomKeyBackup = {
  readonly sessions: Readonly<Record<string, KeyBackupData>>
}

export type RoomKeyBackupInput = {
  readonly sessions: Readonly<Record<string, KeyBackupDataInput>>
}

export type RoomKeysUpdateResponse = {
  readonly etag: string
  readonly count: number
}

export type RoomSummary = PublicRoomsChunk & {
  readonly room_type?: string | undefined
  readonly allowed_room_ids?: readonly string[] | undefined
  readonly encryption?: 'm.megolm.v1.aes-sha2' | undefined
  readonly room_version?: string | undefined
}

export type SignedThirdPartyInvite = {
  readonly mxid: string
  readonly signatures: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly token: string
}

export type StateEventBatch = {
  readonly events?: readonly ClientEventWithoutRoomId[] | undefined
}

export type SyncFilter = {
  readonly event_fields?: readonly string[] | undefined
  readonly event_format?: 'client' | 'federation' | undefined
  readonly presence?: EventFilter | undefined
  readonly account_data?: EventFilter | undefined
  readonly room?: {
    readonly not_rooms?: readonly string[] | undefined
    readonly rooms?: readonly string[] | undefined
    readonly ephemeral?: RoomEventFilter | undefined
    readonly include_leave?: boolean | undefined
    readonly state?: RoomEventFilter | undefined
    readonly timeline?: RoomEventFilter | undefined
    readonly account_data?: RoomEventFilter | undefined
  } | undefined
}

export type SyncFilterInput = {
  readonly event_fields?: readonly string[]
  readonly event_format?: 'client' | 'federation'
  readonly presence?: EventFilterInput
  readonly account_data?: EventFilterInput
  readonly room?: {
    readonly not_rooms?: readonly string[]
    readonly rooms?: readonly string[]
    readonly ephemeral?: RoomEventFilterInput
    readonly include_leave?: boolean
    readonly state?: RoomEventFilterInput
    readonly timeline?: RoomEventFilterInput
    readonly account_data?: RoomEventFilterInput
  }
}

export type Tag = {
  readonly order?: number | undefined
}

export type TagInput = {
  readonly order?: number
}

export type ThirdPartySigned = {
  readonly sender: string
  readonly mxid: string
  readonly token: string
  readonly signatures: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export type ThirdpartyLocation = {
  readonly alias: string
  readonly protocol: string
  readonly fields: object
}

export type ThirdpartyLocationBatch = readonly ThirdpartyLocation[]

export type ThirdpartyProtocolBase = {
  readonly user_fields: readonly string[]
  readonly location_fields: readonly string[]
  readonly icon: string
  readonly field_types: Readonly<Record<string, {
    readonly regexp: string
    readonly placeholder: string
  }>>
}

export type ThirdpartyProtocolInstance = {
  readonly desc: string
  readonly icon?: string | undefined
  readonly fields: object
  readonly network_id: string
}

export type ThirdpartyUser = {
  readonly userid: string
  readonly protocol: string
  readonly fields: object
}

export type ThirdpartyUserBatch = readonly ThirdpartyUser[]

export type TimelineBatch = {
  readonly limited?: boolean | undefined
  readonly prev_batch?: string | undefined
  readonly events: readonly ClientEventWithoutRoomId[]
}

export type UserIdentifier = {
  readonly type: string
  readonly [key: string]: JsonValue
}

export type WellknownFull = {
  readonly 'm.homeserver': WellknownHomeserver
  readonly 'm.identity_server'?: WellknownIdentityServer | undefined
  readonly [key: string]: unknown
}

export type WellknownHomeserver = {
  readonly base_url: string
}

export type WellknownIdentityServer = {
  readonly base_url: string
}

export type Edu = {
  readonly edu_type: string
  readonly content: JsonObject
}

export type InviteEvent = {
  readonly sender: string
  readonly origin?: string | undefined
  readonly origin_server_ts: number
  readonly type: string
  readonly state_key: string
  readonly content: {
    readonly membership: string
  }
}

export type InviteEventInput = {
  readonly sender: string
  readonly origin?: string
  readonly origin_server_ts: number
  readonly type: string
  readonly state_key: string
  readonly content: {
    readonly membership: string
  }
}

export type ServerKeys = {
  readonly server_name: string
  readonly verify_keys: Readonly<Record<string, {
    readonly key: string
  }>>
  readonly old_verify_keys?: Readonly<Record<string, {
    readonly expired_ts: number
    readonly key: string
  }>> | undefined
  readonly signatures: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly valid_until_ts: number
}

export type ServerKeysQueryResponse = {
  readonly server_keys?: readonly ServerKeys[] | undefined
}

export type SinglePduTransaction = TransactionResult & {
  readonly pdus: readonly object[]
}

export type TransactionResult = {
  readonly origin: string
  readonly origin_server_ts: number
  readonly pdus: readonly object[]
}

export type TransactionResultInput = {
  readonly origin: string
  readonly origin_server_ts: number
  readonly pdus: readonly JsonObject[]
}

export type UnlimitedPduTransaction = TransactionResult & {
  readonly pdus: readonly object[]
}

export type EncryptionChange = {
  readonly type: string
  readonly ts: number
  readonly device_id?: string | undefined
  readonly version?: string | undefined
  readonly room_id?: string | undefined
  readonly event_id?: string | undefined
  readonly sender?: string | undefined
  readonly algorithm?: string | undefined
}

export type DroppedMessages = {
  readonly device_id: string
  readonly count: number
  readonly first_ts: number
  readonly last_ts: number
}

export type DehydratedDevice = {
  readonly device_id: string
  readonly device_data: object
}

export type DeviceName = {
  readonly device_id: string
}

export type BackgroundJob = {
  readonly id: string
  readonly kind: string
  readonly resource?: string | undefined
  readonly state: 'waiting' | 'running' | 'finished' | 'failed'
  readonly done: number
  readonly error?: string | undefined
  readonly created_ts: number
  readonly updated_ts: number
}

export type RoomDeletion = {
  readonly delete_id: string
  readonly room_id: string
  readonly status: 'scheduled' | 'active' | 'complete' | 'failed'
  readonly error?: string | undefined
  readonly shutdown_room: {
    readonly kicked_users: readonly string[]
    readonly failed_to_kick_users: readonly string[]
    readonly local_aliases: readonly string[]
    readonly new_room_id: string | null
  }
}

export interface ClientTypes {
  getAccountData: {
    params: {
      readonly userId: string
      readonly type: string
    }
    query: Record<never, never>
    body: undefined
    response: object
  }
  setAccountData: {
    params: {
      readonly userId: string
      readonly type: string
    }
    query: Record<never, never>
    body: JsonObject
    response: object
  }
  getAccountDataPerRoom: {
    params: {
      readonly userId: string
      readonly roomId: string
      readonly type: string
    }
    query: Record<never, never>
    body: undefined
    response: object
  }
  setAccountDataPerRoom: {
    params: {
      readonly userId: string
      readonly roomId: string
      readonly type: string
    }
    query: Record<never, never>
    body: JsonObject
    response: object
  }
  deactivateAccount: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly auth?: AuthData
      readonly id_server?: string
      readonly erase?: boolean
    }
    response: {
      readonly id_server_unbind_result: 'success' | 'no-support'
    }
  }
  getWhoIs: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly user_id?: string | undefined
      readonly devices?: Readonly<Record<string, {
        readonly sessions?: readonly {
          readonly connections?: readonly {
            readonly ip?: string | undefined
            readonly last_seen?: number | undefined
            readonly user_agent?: string | undefined
          }[] | undefined
        }[] | undefined
      }>> | undefined
    }
  }
  getAdminSuspendUser: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly suspended: boolean
    }
  }
  setAdminSuspendUser: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: {
      readonly suspended: boolean
    }
    response: {
      readonly suspended: boolean
    }
  }
  getAdminLockUser: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly locked: boolean
    }
  }
  setAdminLockUser: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: {
      readonly locked: boolean
    }
    response: {
      readonly locked: boolean
    }
  }
  getAccount3PIDs: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly threepids?: readonly {
        readonly medium: 'email' | 'msisdn'
        readonly address: string
        readonly validated_at: number
        readonly added_at: number
      }[] | undefined
    }
  }
  post3PIDs: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly three_pid_creds: {
        readonly client_secret: string
        readonly id_server: string
        readonly id_access_token: string
        readonly sid: string
      }
    }
    response: {
      readonly submit_url?: string | undefined
    }
  }
  add3PID: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly auth?: AuthData
      readonly client_secret: string
      readonly sid: string
    }
    response: object
  }
  bind3PID: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly client_secret: string
      readonly id_server: string
      readonly id_access_token: string
      readonly sid: string
    }
    response: object
  }
  delete3pidFromAccount: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly id_server?: string
      readonly medium: 'email' | 'msisdn'
      readonly address: string
    }
    response: {
      readonly id_server_unbind_result: 'no-support' | 'success'
    }
  }
  unbind3pidFromAccount: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly id_server?: string
      readonly medium: 'email' | 'msisdn'
      readonly address: string
    }
    response: {
      readonly id_server_unbind_result: 'no-support' | 'success'
    }
  }
  requestTokenTo3PIDEmail: {
    params: Record<never, never>
    query: Record<never, never>
    body: RequestEmailValidation
    response: RequestTokenResponse
  }
  requestTokenTo3PIDMSISDN: {
    params: Record<never, never>
    query: Record<never, never>
    body: RequestMsisdnValidation
    response: RequestTokenResponse
  }
  pingAppservice: {
    params: {
      readonly appserviceId: string
    }
    query: Record<never, never>
    body: {
      readonly transaction_id?: string
    }
    response: {
      readonly duration_ms: number
    }
  }
  updateAppserviceRoomDirectoryVisibility: {
    params: {
      readonly networkId: string
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly visibility: 'public' | 'private'
    }
    response: object
  }
  getContentAuthed: {
    params: {
      readonly serverName: string
      readonly mediaId: string
    }
    query: {
      readonly timeout_ms?: number
    }
    body: undefined
    response: unknown
  }
  getContentOverrideNameAuthed: {
    params: {
      readonly serverName: string
      readonly mediaId: string
      readonly fileName: string
    }
    query: {
      readonly timeout_ms?: number
    }
    body: undefined
    response: unknown
  }
  getContentThumbnailAuthed: {
    params: {
      readonly serverName: string
      readonly mediaId: string
    }
    query: {
      readonly width: number
      readonly height: number
      readonly method?: 'crop' | 'scale'
      readonly timeout_ms?: number
      readonly animated?: boolean
    }
    body: undefined
    response: unknown
  }
  getUrlPreviewAuthed: {
    params: Record<never, never>
    query: {
      readonly url: string
      readonly ts?: number
    }
    body: undefined
    response: {
      readonly 'matrix:image:size'?: number | undefined
      readonly 'og:image'?: string | undefined
      readonly [key: string]: unknown
    }
  }
  getConfigAuthed: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly 'm.upload.size'?: number | undefined
    }
  }
  ban: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly user_id: string
      readonly reason?: string
    }
    response: object
  }
  unban: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly user_id: string
      readonly reason?: string
    }
    response: object
  }
  getCapabilities: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly capabilities: {
        readonly 'm.change_password'?: BooleanCapability | undefined
        readonly 'm.forget_forced_upon_leave'?: BooleanCapability | undefined
        readonly 'm.room_versions'?: {
          readonly default: string
          readonly available: Readonly<Record<string, 'stable' | 'unstable'>>
        } | undefined
        readonly 'm.set_displayname'?: BooleanCapability | undefined
        readonly 'm.set_avatar_url'?: BooleanCapability | undefined
        readonly 'm.3pid_changes'?: BooleanCapability | undefined
        readonly 'm.get_login_token'?: BooleanCapability | undefined
        readonly 'm.profile_fields'?: {
          readonly allowed?: readonly string[] | undefined
          readonly disallowed?: readonly string[] | undefined
          readonly enabled: boolean
        } | undefined
        readonly 'm.account_moderation'?: {
          readonly suspend?: boolean | undefined
          readonly lock?: boolean | undefined
        } | undefined
        readonly [key: string]: unknown
      }
    }
  }
  uploadContent: {
    params: Record<never, never>
    query: {
      readonly filename?: string
    }
    body: undefined
    response: {
      readonly content_uri: string
    }
  }
  uploadContentToMXC: {
    params: {
      readonly serverName: string
      readonly mediaId: string
    }
    query: {
      readonly filename?: string
    }
    body: undefined
    response: object
  }
  createContent: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly content_uri: string
      readonly unused_expires_at?: number | undefined
    }
  }
  getContent: {
    params: {
      readonly serverName: string
      readonly mediaId: string
    }
    query: {
      readonly allow_remote?: boolean
      readonly timeout_ms?: number
      readonly allow_redirect?: boolean
    }
    body: undefined
    response: unknown
  }
  getContentOverrideName: {
    params: {
      readonly serverName: string
      readonly mediaId: string
      readonly fileName: string
    }
    query: {
      readonly allow_remote?: boolean
      readonly timeout_ms?: number
      readonly allow_redirect?: boolean
    }
    body: undefined
    response: unknown
  }
  getContentThumbnail: {
    params: {
      readonly serverName: string
      readonly mediaId: string
    }
    query: {
      readonly width: number
      readonly height: number
      readonly method?: 'crop' | 'scale'
      readonly allow_remote?: boolean
      readonly timeout_ms?: number
      readonly allow_redirect?: boolean
      readonly animated?: boolean
    }
    body: undefined
    response: unknown
  }
  getUrlPreview: {
    params: Record<never, never>
    query: {
      readonly url: string
      readonly ts?: number
    }
    body: undefined
    response: {
      readonly 'matrix:image:size'?: number | undefined
      readonly 'og:image'?: string | undefined
      readonly [key: string]: unknown
    }
  }
  getConfig: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly 'm.upload.size'?: number | undefined
    }
  }
  createRoom: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly visibility?: 'public' | 'private'
      readonly room_alias_name?: string
      readonly name?: string
      readonly topic?: string
      readonly invite?: readonly string[]
      readonly invite_3pid?: readonly Invite3pid[]
      readonly room_version?: string
      readonly creation_content?: JsonObject
      readonly initial_state?: readonly {
        readonly type: string
        readonly state_key?: string
        readonly content: JsonObject
      }[]
      readonly preset?: 'private_chat' | 'public_chat' | 'trusted_private_chat'
      readonly is_direct?: boolean
      readonly power_level_content_override?: JsonObject
    }
    response: {
      readonly room_id: string
    }
  }
  uploadCrossSigningKeys: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly master_key?: CrossSigningKeyInput
      readonly self_signing_key?: CrossSigningKeyInput
      readonly user_signing_key?: CrossSigningKeyInput
      readonly auth?: AuthData
    }
    response: object
  }
  uploadCrossSigningSignatures: {
    params: Record<never, never>
    query: Record<never, never>
    body: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>
    response: {
      readonly failures?: Readonly<Record<string, Readonly<Record<string, object>>>> | undefined
    }
  }
  getDevices: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly devices?: readonly ClientDevice[] | undefined
    }
  }
  getDevice: {
    params: {
      readonly deviceId: string
    }
    query: Record<never, never>
    body: undefined
    response: ClientDevice
  }
  updateDevice: {
    params: {
      readonly deviceId: string
    }
    query: Record<never, never>
    body: {
      readonly display_name?: string
    }
    response: object
  }
  deleteDevice: {
    params: {
      readonly deviceId: string
    }
    query: Record<never, never>
    body: {
      readonly auth?: AuthData
    }
    response: object
  }
  deleteDevices: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly devices: readonly string[]
      readonly auth?: AuthData
    }
    response: object
  }
  getRoomIdByAlias: {
    params: {
      readonly roomAlias: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly room_id?: string | undefined
      readonly servers?: readonly string[] | undefined
    }
  }
  setRoomAlias: {
    params: {
      readonly roomAlias: string
    }
    query: Record<never, never>
    body: {
      readonly room_id: string
    }
    response: object
  }
  deleteRoomAlias: {
    params: {
      readonly roomAlias: string
    }
    query: Record<never, never>
    body: undefined
    response: object
  }
  getLocalAliases: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly aliases: readonly string[]
    }
  }
  getEventContext: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: {
      readonly limit?: number
      readonly filter?: string
    }
    body: undefined
    response: {
      readonly start?: string | undefined
      readonly end?: string | undefined
      readonly events_before?: readonly ClientEvent[] | undefined
      readonly event?: ClientEvent | undefined
      readonly events_after?: readonly ClientEvent[] | undefined
      readonly state?: readonly ClientEvent[] | undefined
    }
  }
  defineFilter: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: SyncFilterInput
    response: {
      readonly filter_id: string
    }
  }
  getFilter: {
    params: {
      readonly userId: string
      readonly filterId: string
    }
    query: Record<never, never>
    body: undefined
    response: SyncFilter
  }
  inviteUser: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly user_id?: string
      readonly reason?: string
      readonly id_server?: string
      readonly id_access_token?: string
      readonly medium?: string
      readonly address?: string
    }
    response: object
  }
  joinRoomById: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly third_party_signed?: ThirdPartySigned
      readonly reason?: string
    }
    response: {
      readonly room_id: string
    }
  }
  joinRoom: {
    params: {
      readonly roomIdOrAlias: string
    }
    query: {
      readonly via?: readonly string[]
      readonly server_name?: readonly string[]
    }
    body: {
      readonly third_party_signed?: ThirdPartySigned
      readonly reason?: string
    }
    response: {
      readonly room_id: string
    }
  }
  getRoomKeysVersionCurrent: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly algorithm: string
      readonly auth_data: object
      readonly count: number
      readonly etag: string
      readonly version: string
    }
  }
  postRoomKeysVersion: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly algorithm: string
      readonly auth_data: JsonObject
    }
    response: {
      readonly version: string
    }
  }
  getRoomKeysVersion: {
    params: {
      readonly version: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly algorithm: string
      readonly auth_data: object
      readonly count: number
      readonly etag: string
      readonly version: string
    }
  }
  putRoomKeysVersion: {
    params: {
      readonly version: string
    }
    query: Record<never, never>
    body: {
      readonly algorithm: string
      readonly auth_data: JsonObject
      readonly version?: string
    }
    response: object
  }
  deleteRoomKeysVersion: {
    params: {
      readonly version: string
    }
    query: Record<never, never>
    body: undefined
    response: object
  }
  getRoomKeyBySessionId: {
    params: {
      readonly roomId: string
      readonly sessionId: string
    }
    query: {
      readonly version: string
    }
    body: undefined
    response: KeyBackupData
  }
  putRoomKeyBySessionId: {
    params: {
      readonly roomId: string
      readonly sessionId: string
    }
    query: {
      readonly version: string
    }
    body: KeyBackupDataInput
    response: RoomKeysUpdateResponse
  }
  deleteRoomKeyBySessionId: {
    params: {
      readonly roomId: string
      readonly sessionId: string
    }
    query: {
      readonly version: string
    }
    body: undefined
    response: RoomKeysUpdateResponse
  }
  getRoomKeysByRoomId: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly version: string
    }
    body: undefined
    response: RoomKeyBackup
  }
  putRoomKeysByRoomId: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly version: string
    }
    body: RoomKeyBackupInput
    response: RoomKeysUpdateResponse
  }
  deleteRoomKeysByRoomId: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly version: string
    }
    body: undefined
    response: RoomKeysUpdateResponse
  }
  getRoomKeys: {
    params: Record<never, never>
    query: {
      readonly version: string
    }
    body: undefined
    response: {
      readonly rooms: Readonly<Record<string, RoomKeyBackup>>
    }
  }
  putRoomKeys: {
    params: Record<never, never>
    query: {
      readonly version: string
    }
    body: {
      readonly rooms: Readonly<Record<string, RoomKeyBackupInput>>
    }
    response: RoomKeysUpdateResponse
  }
  deleteRoomKeys: {
    params: Record<never, never>
    query: {
      readonly version: string
    }
    body: undefined
    response: RoomKeysUpdateResponse
  }
  uploadKeys: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly device_keys?: DeviceKeysInput
      readonly one_time_keys?: OneTimeKeysInput
      readonly fallback_keys?: OneTimeKeysInput
    }
    response: {
      readonly one_time_key_counts: Readonly<Record<string, number>>
    }
  }
  queryKeys: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly timeout?: number
      readonly device_keys: Readonly<Record<string, readonly string[]>>
    }
    response: {
      readonly failures?: Readonly<Record<string, object>> | undefined
      readonly device_keys?: Readonly<Record<string, Readonly<Record<string, DeviceKeys & {
        readonly unsigned?: {
          readonly device_display_name?: string | undefined
        } | undefined
      }>>>> | undefined
      readonly master_keys?: Readonly<Record<string, CrossSigningKey>> | undefined
      readonly self_signing_keys?: Readonly<Record<string, CrossSigningKey>> | undefined
      readonly user_signing_keys?: Readonly<Record<string, CrossSigningKey>> | undefined
    }
  }
  claimKeys: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly timeout?: number
      readonly one_time_keys: Readonly<Record<string, Readonly<Record<string, string>>>>
    }
    response: {
      readonly failures?: Readonly<Record<string, object>> | undefined
      readonly one_time_keys: Readonly<Record<string, Readonly<Record<string, OneTimeKeys>>>>
    }
  }
  getKeysChanges: {
    params: Record<never, never>
    query: {
      readonly from: string
      readonly to: string
    }
    body: undefined
    response: {
      readonly changed?: readonly string[] | undefined
      readonly left?: readonly string[] | undefined
    }
  }
  kick: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly user_id: string
      readonly reason?: string
    }
    response: object
  }
  knockRoom: {
    params: {
      readonly roomIdOrAlias: string
    }
    query: {
      readonly via?: readonly string[]
      readonly server_name?: readonly string[]
    }
    body: {
      readonly reason?: string
    }
    response: {
      readonly room_id: string
    }
  }
  leaveRoom: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly reason?: string
    }
    response: object
  }
  forgetRoom: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: undefined
    response: object
  }
  getJoinedRooms: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly joined_rooms: readonly string[]
    }
  }
  getRoomVisibilityOnDirectory: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly visibility?: 'private' | 'public' | undefined
    }
  }
  setRoomVisibilityOnDirectory: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly visibility?: 'private' | 'public'
    }
    response: object
  }
  getPublicRooms: {
    params: Record<never, never>
    query: {
      readonly limit?: number
      readonly since?: string
      readonly server?: string
    }
    body: undefined
    response: PublicRoomsResponse
  }
  queryPublicRooms: {
    params: Record<never, never>
    query: {
      readonly server?: string
    }
    body: {
      readonly limit?: number
      readonly since?: string
      readonly filter?: {
        readonly generic_search_term?: string
        readonly room_types?: readonly (string | null)[]
      }
      readonly include_all_networks?: boolean
      readonly third_party_instance_id?: string
    }
    response: PublicRoomsResponse
  }
  getLoginFlows: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly flows?: readonly {
        readonly type: string
        readonly get_login_token?: boolean | undefined
      }[] | undefined
    }
  }
  login: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly type: string
      readonly identifier?: UserIdentifier
      readonly user?: string
      readonly medium?: string
      readonly address?: string
      readonly password?: string
      readonly token?: string
      readonly device_id?: string
      readonly initial_device_display_name?: string
      readonly refresh_token?: boolean
    }
    response: {
      readonly user_id: string
      readonly access_token: string
      readonly refresh_token?: string | undefined
      readonly expires_in_ms?: number | undefined
      readonly home_server?: string | undefined
      readonly device_id: string
      readonly well_known?: WellknownFull | undefined
    }
  }
  generateLoginToken: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly auth?: AuthData
    }
    response: {
      readonly login_token: string
      readonly expires_in_ms: number
    }
  }
  logout: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: object
  }
  logout_all: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: object
  }
  getRoomEvents: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly from?: string
      readonly to?: string
      readonly dir?: 'b' | 'f'
      readonly limit?: number
      readonly filter?: string
    }
    body: undefined
    response: {
      readonly start: string
      readonly end?: string | undefined
      readonly chunk: readonly ClientEvent[]
      readonly state?: readonly ClientEvent[] | undefined
    }
  }
  getMutualRooms: {
    params: Record<never, never>
    query: {
      readonly user_id: string
      readonly from?: string
    }
    body: undefined
    response: {
      readonly joined: readonly string[]
      readonly count: number
      readonly next_batch?: string | undefined
    }
  }
  getNotifications: {
    params: Record<never, never>
    query: {
      readonly from?: string
      readonly limit?: number
      readonly only?: string
    }
    body: undefined
    response: {
      readonly next_token?: string | undefined
      readonly notifications: readonly {
        readonly actions: readonly (object | string)[]
        readonly event: ClientEventWithoutRoomId
        readonly profile_tag?: string | undefined
        readonly read: boolean
        readonly room_id: string
        readonly ts: number
      }[]
    }
  }
  getAuthMetadata: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly issuer: string
      readonly authorization_endpoint: string
      readonly token_endpoint: string
      readonly revocation_endpoint: string
      readonly registration_endpoint: string
      readonly response_types_supported: readonly string[]
      readonly grant_types_supported: readonly string[]
      readonly response_modes_supported: readonly string[]
      readonly code_challenge_methods_supported: readonly string[]
      readonly prompt_values_supported?: readonly string[] | undefined
      readonly account_management_uri?: string | undefined
      readonly account_management_actions_supported?: readonly (
        | 'org.matrix.profile'
        | 'org.matrix.devices_list'
        | 'org.matrix.device_view'
        | 'org.matrix.device_delete'
        | 'org.matrix.account_deactivate'
        | 'org.matrix.cross_signing_reset')[] | undefined
      readonly device_authorization_endpoint?: string | undefined
    }
  }
  getEvents: {
    params: Record<never, never>
    query: {
      readonly from?: string
      readonly timeout?: number
      readonly room_id?: string
    }
    body: undefined
    response: {
      readonly start?: string | undefined
      readonly end?: string | undefined
      readonly chunk?: readonly ClientEvent[] | undefined
    }
  }
  initialSync: {
    params: Record<never, never>
    query: {
      readonly limit?: number
      readonly archived?: boolean
    }
    body: undefined
    response: {
      readonly end: string
      readonly presence: readonly CoreEvent[]
      readonly rooms: readonly {
        readonly room_id: string
        readonly membership: 'invite' | 'join' | 'leave' | 'ban'
        readonly invite?: ClientEvent | undefined
        readonly messages?: {
          readonly start?: string | undefined
          readonly end: string
          readonly chunk: readonly ClientEvent[]
        } | undefined
        readonly state?: readonly ClientEvent[] | undefined
        readonly visibility?: 'private' | 'public' | undefined
        readonly account_data?: readonly CoreEvent[] | undefined
      }[]
      readonly account_data?: readonly CoreEvent[] | undefined
    }
  }
  getOneEvent: {
    params: {
      readonly eventId: string
    }
    query: Record<never, never>
    body: undefined
    response: ClientEvent
  }
  requestOpenIdToken: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: JsonObject
    response: OpenidToken
  }
  changePassword: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly new_password: string
      readonly logout_devices?: boolean
      readonly auth?: AuthData
    }
    response: object
  }
  requestTokenToResetPasswordEmail: {
    params: Record<never, never>
    query: Record<never, never>
    body: RequestEmailValidation
    response: RequestTokenResponse
  }
  requestTokenToResetPasswordMSISDN: {
    params: Record<never, never>
    query: Record<never, never>
    body: RequestMsisdnValidation
    response: RequestTokenResponse
  }
  getWellknownPolicy: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly public_keys: {
        readonly ed25519: string
        readonly [key: string]: unknown
      }
    }
  }
  getPresence: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly presence: 'online' | 'offline' | 'unavailable'
      readonly last_active_ago?: number | undefined
      readonly status_msg?: string | null | undefined
      readonly currently_active?: boolean | undefined
    }
  }
  setPresence: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: {
      readonly presence: 'online' | 'offline' | 'unavailable'
      readonly status_msg?: string
    }
    response: object
  }
  getProfileField: {
    params: {
      readonly userId: string
      readonly keyName: string
    }
    query: Record<never, never>
    body: undefined
    response: object
  }
  setProfileField: {
    params: {
      readonly userId: string
      readonly keyName: string
    }
    query: Record<never, never>
    body: JsonObject
    response: object
  }
  deleteProfileField: {
    params: {
      readonly userId: string
      readonly keyName: string
    }
    query: Record<never, never>
    body: undefined
    response: object
  }
  getUserProfile: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly avatar_url?: string | undefined
      readonly displayname?: string | undefined
      readonly 'm.tz'?: string | undefined
      readonly [key: string]: unknown
    }
  }
  getPushers: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly pushers?: readonly {
        readonly pushkey: string
        readonly kind: string
        readonly app_id: string
        readonly app_display_name: string
        readonly device_display_name: string
        readonly profile_tag?: string | undefined
        readonly lang: string
        readonly data: {
          readonly url?: string | undefined
          readonly format?: string | undefined
        }
      }[] | undefined
    }
  }
  postPusher: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly pushkey: string
      readonly kind: string | null
      readonly app_id: string
      readonly app_display_name?: string
      readonly device_display_name?: string
      readonly profile_tag?: string
      readonly lang?: string
      readonly data?: {
        readonly url?: string
        readonly format?: 'event_id_only'
      }
      readonly append?: boolean
    }
    response: object
  }
  getPushRules: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly global: PushRuleset
    }
  }
  getPushRulesGlobal: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: PushRuleset
  }
  getPushRule: {
    params: {
      readonly kind: string
      readonly ruleId: string
    }
    query: Record<never, never>
    body: undefined
    response: PushRule
  }
  setPushRule: {
    params: {
      readonly kind: 'override' | 'underride' | 'sender' | 'room' | 'content'
      readonly ruleId: string
    }
    query: {
      readonly before?: string
      readonly after?: string
    }
    body: {
      readonly actions: readonly (string | JsonObject)[]
      readonly conditions?: readonly PushConditionInput[]
      readonly pattern?: string
    }
    response: object
  }
  deletePushRule: {
    params: {
      readonly kind: 'override' | 'underride' | 'sender' | 'room' | 'content'
      readonly ruleId: string
    }
    query: Record<never, never>
    body: undefined
    response: object
  }
  isPushRuleEnabled: {
    params: {
      readonly kind: 'override' | 'underride' | 'sender' | 'room' | 'content'
      readonly ruleId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly enabled: boolean
    }
  }
  setPushRuleEnabled: {
    params: {
      readonly kind: 'override' | 'underride' | 'sender' | 'room' | 'content'
      readonly ruleId: string
    }
    query: Record<never, never>
    body: {
      readonly enabled: boolean
    }
    response: object
  }
  getPushRuleActions: {
    params: {
      readonly kind: 'override' | 'underride' | 'sender' | 'room' | 'content'
      readonly ruleId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly actions: readonly (string | object)[]
    }
  }
  setPushRuleActions: {
    params: {
      readonly kind: 'override' | 'underride' | 'sender' | 'room' | 'content'
      readonly ruleId: string
    }
    query: Record<never, never>
    body: {
      readonly actions: readonly (string | JsonObject)[]
    }
    response: object
  }
  setReadMarker: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly 'm.fully_read'?: string
      readonly 'm.read'?: string
      readonly 'm.read.private'?: string
    }
    response: object
  }
  postReceipt: {
    params: {
      readonly roomId: string
      readonly receiptType: 'm.read' | 'm.read.private' | 'm.fully_read'
      readonly eventId: string
    }
    query: Record<never, never>
    body: {
      readonly thread_id?: string
    }
    response: object
  }
  redactEvent: {
    params: {
      readonly roomId: string
      readonly eventId: string
      readonly txnId: string
    }
    query: Record<never, never>
    body: {
      readonly reason?: string
    }
    response: {
      readonly event_id?: string | undefined
    }
  }
  refresh: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly refresh_token: string
    }
    response: {
      readonly access_token: string
      readonly refresh_token?: string | undefined
      readonly expires_in_ms?: number | undefined
    }
  }
  register: {
    params: Record<never, never>
    query: {
      readonly kind?: 'guest' | 'user'
    }
    body: {
      readonly auth?: AuthData
      readonly type?: string
      readonly username?: string
      readonly password?: string
      readonly device_id?: string
      readonly initial_device_display_name?: string
      readonly inhibit_login?: boolean
      readonly refresh_token?: boolean
    }
    response: {
      readonly user_id: string
      readonly access_token?: string | undefined
      readonly refresh_token?: string | undefined
      readonly expires_in_ms?: number | undefined
      readonly home_server?: string | undefined
      readonly device_id?: string | undefined
    }
  }
  requestTokenToRegisterEmail: {
    params: Record<never, never>
    query: Record<never, never>
    body: RequestEmailValidation
    response: RequestTokenResponse
  }
  requestTokenToRegisterMSISDN: {
    params: Record<never, never>
    query: Record<never, never>
    body: RequestMsisdnValidation
    response: RequestTokenResponse
  }
  checkUsernameAvailability: {
    params: Record<never, never>
    query: {
      readonly username: string
    }
    body: undefined
    response: {
      readonly available?: boolean | undefined
    }
  }
  registrationTokenValidity: {
    params: Record<never, never>
    query: {
      readonly token: string
    }
    body: undefined
    response: {
      readonly valid: boolean
    }
  }
  getRelatingEvents: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: {
      readonly from?: string
      readonly to?: string
      readonly limit?: number
      readonly dir?: 'b' | 'f'
      readonly recurse?: boolean
    }
    body: undefined
    response: RelationsResponse & {
      readonly chunk: readonly ClientEvent[]
    }
  }
  getRelatingEventsWithRelType: {
    params: {
      readonly roomId: string
      readonly eventId: string
      readonly relType: string
    }
    query: {
      readonly from?: string
      readonly to?: string
      readonly limit?: number
      readonly dir?: 'b' | 'f'
      readonly recurse?: boolean
    }
    body: undefined
    response: RelationsResponse & {
      readonly chunk: readonly ClientEvent[]
    }
  }
  getRelatingEventsWithRelTypeAndEventType: {
    params: {
      readonly roomId: string
      readonly eventId: string
      readonly relType: string
      readonly eventType: string
    }
    query: {
      readonly from?: string
      readonly to?: string
      readonly limit?: number
      readonly dir?: 'b' | 'f'
      readonly recurse?: boolean
    }
    body: undefined
    response: RelationsResponse & {
      readonly chunk: readonly ClientEvent[]
    }
  }
  reportRoom: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly reason: string
    }
    response: object
  }
  reportEvent: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: {
      readonly reason?: string
    }
    response: object
  }
  reportUser: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: {
      readonly reason: string
    }
    response: object
  }
  getEventByTimestamp: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly ts: number
      readonly dir: 'f' | 'b'
    }
    body: undefined
    response: {
      readonly event_id: string
      readonly origin_server_ts: number
    }
  }
  roomInitialSync: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly limit?: number
    }
    body: undefined
    response: {
      readonly room_id: string
      readonly membership?: 'invite' | 'join' | 'leave' | 'ban' | undefined
      readonly messages?: {
        readonly start?: string | undefined
        readonly end: string
        readonly chunk: readonly ClientEvent[]
      } | undefined
      readonly state?: readonly ClientEvent[] | undefined
      readonly visibility?: 'private' | 'public' | undefined
      readonly account_data?: readonly CoreEvent[] | undefined
    }
  }
  sendMessage: {
    params: {
      readonly roomId: string
      readonly eventType: string
      readonly txnId: string
    }
    query: {
      readonly ts?: number
    }
    body: JsonObject
    response: {
      readonly event_id: string
    }
  }
  setRoomStateWithKey: {
    params: {
      readonly roomId: string
      readonly eventType: string
      readonly stateKey: string
    }
    query: {
      readonly ts?: number
    }
    body: JsonObject
    response: {
      readonly event_id: string
    }
  }
  getRoomStateWithKey: {
    params: {
      readonly roomId: string
      readonly eventType: string
      readonly stateKey: string
    }
    query: {
      readonly format?: 'content' | 'event'
    }
    body: undefined
    response: object
  }
  getRoomSummary: {
    params: {
      readonly roomIdOrAlias: string
    }
    query: {
      readonly via?: readonly string[]
    }
    body: undefined
    response: RoomSummary & {
      readonly membership?: 'invite' | 'join' | 'knock' | 'leave' | 'ban' | undefined
    }
  }
  upgradeRoom: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly new_version: string
      readonly additional_creators?: readonly string[]
    }
    response: {
      readonly replacement_room: string
    }
  }
  getOneRoomEvent: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: undefined
    response: ClientEvent
  }
  getRoomState: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: undefined
    response: readonly ClientEvent[]
  }
  getMembersByRoom: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly at?: string
      readonly membership?: 'join' | 'invite' | 'knock' | 'leave' | 'ban'
      readonly not_membership?: 'join' | 'invite' | 'knock' | 'leave' | 'ban'
    }
    body: undefined
    response: {
      readonly chunk?: readonly ClientEvent[] | undefined
    }
  }
  getJoinedMembersByRoom: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly joined?: Readonly<Record<string, {
        readonly display_name?: string | undefined
        readonly avatar_url?: string | undefined
      }>> | undefined
    }
  }
  search: {
    params: Record<never, never>
    query: {
      readonly next_batch?: string
    }
    body: {
      readonly search_categories: {
        readonly room_events?: {
          readonly search_term: string
          readonly keys?: readonly ('content.body' | 'content.name' | 'content.topic')[]
          readonly filter?: RoomEventFilterInput
          readonly order_by?: 'recent' | 'rank'
          readonly event_context?: {
            readonly before_limit?: number
            readonly after_limit?: number
            readonly include_profile?: boolean
          }
          readonly include_state?: boolean
          readonly groupings?: {
            readonly group_by?: readonly {
              readonly key?: 'room_id' | 'sender'
            }[]
          }
        }
      }
    }
    response: {
      readonly search_categories: {
        readonly room_events?: {
          readonly count?: number | undefined
          readonly highlights?: readonly string[] | undefined
          readonly results?: readonly {
            readonly rank?: number | undefined
            readonly result?: ClientEvent | undefined
            readonly context?: {
              readonly start?: string | undefined
              readonly end?: string | undefined
              readonly profile_info?: Readonly<Record<string, {
                readonly displayname?: string | undefined
                readonly avatar_url?: string | undefined
              }>> | undefined
              readonly events_before?: readonly ClientEvent[] | undefined
              readonly events_after?: readonly ClientEvent[] | undefined
            } | undefined
          }[] | undefined
          readonly state?: Readonly<Record<string, readonly ClientEvent[]>> | undefined
          readonly groups?: Readonly<Record<string, Readonly<Record<string, {
            readonly next_batch?: string | undefined
            readonly order?: number | undefined
            readonly results?: readonly string[] | undefined
          }>>>> | undefined
          readonly next_batch?: string | undefined
        } | undefined
      }
    }
  }
  getSpaceHierarchy: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly suggested_only?: boolean
      readonly limit?: number
      readonly max_depth?: number
      readonly from?: string
    }
    body: undefined
    response: {
      readonly rooms: readonly (RoomSummary & {
        readonly children_state: readonly (CoreStrippedState & {
          readonly origin_server_ts: number
        })[]
        readonly room_type?: unknown | undefined
        readonly allowed_room_ids?: unknown | undefined
        readonly encryption?: unknown | undefined
        readonly room_version?: unknown | undefined
      })[]
      readonly next_batch?: string | undefined
    }
  }
  redirectToSSO: {
    params: Record<never, never>
    query: {
      readonly redirectUrl: string
      readonly action?: 'login' | 'register'
    }
    body: undefined
    response: unknown
  }
  redirectToIdP: {
    params: {
      readonly idpId: string
    }
    query: {
      readonly redirectUrl: string
      readonly action?: 'login' | 'register'
    }
    body: undefined
    response: unknown
  }
  getWellknownSupport: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly contacts?: readonly {
        readonly matrix_id?: string | undefined
        readonly email_address?: string | undefined
        readonly role: 'm.role.admin' | 'm.role.security'
      }[] | undefined
      readonly support_page?: string | undefined
    }
  }
  sync: {
    params: Record<never, never>
    query: {
      readonly filter?: string
      readonly since?: string
      readonly full_state?: boolean
      readonly set_presence?: 'offline' | 'online' | 'unavailable'
      readonly timeout?: number
      readonly use_state_after?: boolean
      readonly 'org.matrix.msc4222.use_state_after'?: boolean
    }
    body: undefined
    response: {
      readonly next_batch: string
      readonly rooms?: {
        readonly join?: Readonly<Record<string, {
          readonly summary?: {
            readonly 'm.heroes'?: readonly string[] | undefined
            readonly 'm.joined_member_count'?: number | undefined
            readonly 'm.invited_member_count'?: number | undefined
          } | undefined
          readonly state?: StateEventBatch | undefined
          readonly state_after?: StateEventBatch | undefined
          readonly timeline?: TimelineBatch | undefined
          readonly ephemeral?: EventBatch | undefined
          readonly account_data?: EventBatch | undefined
          readonly unread_notifications?: {
            readonly highlight_count?: number | undefined
            readonly notification_count?: number | undefined
          } | undefined
          readonly unread_thread_notifications?: Readonly<Record<string, {
            readonly highlight_count?: number | undefined
            readonly notification_count?: number | undefined
          }>> | undefined
          readonly 'org.matrix.msc4222.state_after'?: StateEventBatch | undefined
        }>> | undefined
        readonly invite?: Readonly<Record<string, {
          readonly invite_state?: {
            readonly events?: readonly CoreStrippedState[] | undefined
          } | undefined
        }>> | undefined
        readonly knock?: Readonly<Record<string, {
          readonly knock_state?: {
            readonly events?: readonly CoreStrippedState[] | undefined
          } | undefined
        }>> | undefined
        readonly leave?: Readonly<Record<string, {
          readonly state?: StateEventBatch | undefined
          readonly state_after?: StateEventBatch | undefined
          readonly timeline?: TimelineBatch | undefined
          readonly account_data?: EventBatch | undefined
          readonly 'org.matrix.msc4222.state_after'?: StateEventBatch | undefined
        }>> | undefined
      } | undefined
      readonly presence?: EventBatch | undefined
      readonly account_data?: EventBatch | undefined
      readonly to_device?: {
        readonly events?: readonly {
          readonly content: object
          readonly sender: string
          readonly type: string
        }[] | undefined
      } | undefined
      readonly device_lists?: {
        readonly changed?: readonly string[] | undefined
        readonly left?: readonly string[] | undefined
      } | undefined
      readonly device_one_time_keys_count?: Readonly<Record<string, number>> | undefined
      readonly device_unused_fallback_key_types: readonly string[]
    }
  }
  getRoomTags: {
    params: {
      readonly userId: string
      readonly roomId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly tags?: Readonly<Record<string, Tag>> | undefined
    }
  }
  setRoomTag: {
    params: {
      readonly userId: string
      readonly roomId: string
      readonly tag: string
    }
    query: Record<never, never>
    body: TagInput
    response: object
  }
  deleteRoomTag: {
    params: {
      readonly userId: string
      readonly roomId: string
      readonly tag: string
    }
    query: Record<never, never>
    body: undefined
    response: object
  }
  getProtocols: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: Readonly<Record<string, Protocol>>
  }
  getProtocolMetadata: {
    params: {
      readonly protocol: string
    }
    query: Record<never, never>
    body: undefined
    response: Protocol
  }
  queryLocationByProtocol: {
    params: {
      readonly protocol: string
    }
    query: {
      readonly fields?: Readonly<Record<string, string>>
    }
    body: undefined
    response: ThirdpartyLocationBatch
  }
  queryUserByProtocol: {
    params: {
      readonly protocol: string
    }
    query: {
      readonly fields?: Readonly<Record<string, string>>
    }
    body: undefined
    response: ThirdpartyUserBatch
  }
  queryLocationByAlias: {
    params: Record<never, never>
    query: {
      readonly alias: string
    }
    body: undefined
    response: ThirdpartyLocationBatch
  }
  queryUserByID: {
    params: Record<never, never>
    query: {
      readonly userid: string
    }
    body: undefined
    response: ThirdpartyUserBatch
  }
  getThreadRoots: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly include?: 'all' | 'participated'
      readonly limit?: number
      readonly from?: string
    }
    body: undefined
    response: {
      readonly chunk: readonly ClientEvent[]
      readonly next_batch?: string | undefined
    }
  }
  sendToDevice: {
    params: {
      readonly eventType: string
      readonly txnId: string
    }
    query: Record<never, never>
    body: {
      readonly messages: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>
    }
    response: object
  }
  setTyping: {
    params: {
      readonly userId: string
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly typing: boolean
      readonly timeout?: number
    }
    response: object
  }
  searchUserDirectory: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly search_term: string
      readonly limit?: number
    }
    response: {
      readonly results: readonly {
        readonly user_id: string
        readonly display_name?: string | undefined
        readonly avatar_url?: string | undefined
      }[]
      readonly limited: boolean
    }
  }
  getVersions: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly versions: readonly string[]
      readonly unstable_features?: Readonly<Record<string, boolean>> | undefined
    }
  }
  getTurnServer: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly username: string
      readonly password: string
      readonly uris: readonly string[]
      readonly ttl: number
    }
  }
  getWellknown: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: WellknownFull
  }
  getTokenOwner: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly user_id: string
      readonly device_id?: string | undefined
      readonly is_guest?: boolean | undefined
    }
  }
}

export interface FederationTypes {
  backfillRoom: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly v: readonly string[]
      readonly limit: number
    }
    body: undefined
    response: UnlimitedPduTransaction
  }
  getMissingPreviousEvents: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly limit?: number
      readonly min_depth?: number
      readonly earliest_events: readonly string[]
      readonly latest_events: readonly string[]
    }
    response: {
      readonly events: readonly object[]
    }
  }
  getContent: {
    params: {
      readonly mediaId: string
    }
    query: {
      readonly timeout_ms?: number
    }
    body: undefined
    response: unknown
  }
  getContentThumbnail: {
    params: {
      readonly mediaId: string
    }
    query: {
      readonly width: number
      readonly height: number
      readonly method?: 'crop' | 'scale'
      readonly timeout_ms?: number
      readonly animated?: boolean
    }
    body: undefined
    response: unknown
  }
  getEventAuth: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly auth_chain: readonly object[]
    }
  }
  getRoomState: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly event_id: string
    }
    body: undefined
    response: {
      readonly auth_chain: readonly object[]
      readonly pdus: readonly object[]
    }
  }
  getRoomStateIds: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly event_id: string
    }
    body: undefined
    response: {
      readonly auth_chain_ids: readonly string[]
      readonly pdu_ids: readonly string[]
    }
  }
  getEvent: {
    params: {
      readonly eventId: string
    }
    query: Record<never, never>
    body: undefined
    response: SinglePduTransaction
  }
  getEventByTimestamp: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly ts: number
      readonly dir: 'f' | 'b'
    }
    body: undefined
    response: {
      readonly event_id: string
      readonly origin_server_ts: number
    }
  }
  sendInviteV1: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: InviteEventInput & {
      readonly unsigned?: {
        readonly invite_room_state?: readonly JsonObject[]
      }
    }
    response: readonly (number | {
      readonly event: InviteEvent
    })[]
  }
  sendInviteV2: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: {
      readonly room_version: string
      readonly event: InviteEventInput
      readonly invite_room_state?: readonly JsonObject[]
    }
    response: {
      readonly event: InviteEvent
    }
  }
  makeJoin: {
    params: {
      readonly roomId: string
      readonly userId: string
    }
    query: {
      readonly ver?: readonly string[]
    }
    body: undefined
    response: {
      readonly room_version?: string | undefined
      readonly event?: {
        readonly sender: string
        readonly origin: string
        readonly origin_server_ts: number
        readonly type: string
        readonly state_key: string
        readonly content: {
          readonly membership: string
          readonly join_authorised_via_users_server?: string | undefined
        }
      } | undefined
    }
  }
  sendJoinV1: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: {
      readonly sender: string
      readonly origin?: string
      readonly origin_server_ts: number
      readonly type: string
      readonly state_key: string
      readonly content: {
        readonly membership: string
        readonly join_authorised_via_users_server?: string
      }
    }
    response: readonly (number | {
      readonly auth_chain: readonly object[]
      readonly state: readonly object[]
    })[]
  }
  sendJoinV2: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: {
      readonly omit_members?: boolean
    }
    body: {
      readonly sender: string
      readonly origin?: string
      readonly origin_server_ts: number
      readonly type: string
      readonly state_key: string
      readonly content: {
        readonly membership: string
        readonly join_authorised_via_users_server?: string
      }
    }
    response: {
      readonly members_omitted?: boolean | undefined
      readonly auth_chain: readonly object[]
      readonly state: readonly object[]
      readonly event?: object | undefined
      readonly servers_in_room?: readonly string[] | undefined
    }
  }
  perspectivesKeyQuery: {
    params: {
      readonly serverName: string
    }
    query: {
      readonly minimum_valid_until_ts?: number
    }
    body: undefined
    response: ServerKeysQueryResponse
  }
  bulkPerspectivesKeyQuery: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly server_keys: Readonly<Record<string, Readonly<Record<string, {
        readonly minimum_valid_until_ts?: number
      }>>>>
    }
    response: ServerKeysQueryResponse
  }
  getServerKey: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: ServerKeys
  }
  makeKnock: {
    params: {
      readonly roomId: string
      readonly userId: string
    }
    query: {
      readonly ver: readonly string[]
    }
    body: undefined
    response: {
      readonly room_version: string
      readonly event: {
        readonly sender: string
        readonly origin: string
        readonly origin_server_ts: number
        readonly type: string
        readonly state_key: string
        readonly content: {
          readonly membership: string
        }
      }
    }
  }
  sendKnock: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: {
      readonly sender: string
      readonly origin?: string
      readonly origin_server_ts: number
      readonly type: string
      readonly state_key: string
      readonly content: {
        readonly membership: string
      }
    }
    response: {
      readonly knock_room_state: readonly object[]
    }
  }
  makeLeave: {
    params: {
      readonly roomId: string
      readonly userId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly room_version?: string | undefined
      readonly event?: {
        readonly sender: string
        readonly origin: string
        readonly origin_server_ts: number
        readonly type: string
        readonly state_key: string
        readonly content: {
          readonly membership: string
        }
      } | undefined
    }
  }
  sendLeaveV1: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: {
      readonly sender: string
      readonly origin?: string
      readonly origin_server_ts: number
      readonly type: string
      readonly state_key: string
      readonly content: {
        readonly membership: string
      }
      readonly depth: number
    }
    response: readonly (number | object)[]
  }
  sendLeaveV2: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: {
      readonly sender: string
      readonly origin?: string
      readonly origin_server_ts: number
      readonly type: string
      readonly state_key: string
      readonly content: {
        readonly membership: string
      }
      readonly depth: number
    }
    response: object
  }
  exchangeOpenIdToken: {
    params: Record<never, never>
    query: {
      readonly access_token: string
    }
    body: undefined
    response: {
      readonly sub: string
    }
  }
  getPublicRooms: {
    params: Record<never, never>
    query: {
      readonly limit?: number
      readonly since?: string
      readonly include_all_networks?: boolean
      readonly third_party_instance_id?: string
    }
    body: undefined
    response: PublicRoomsResponse
  }
  queryPublicRooms: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly limit?: number
      readonly since?: string
      readonly filter?: {
        readonly generic_search_term?: string
        readonly room_types?: readonly (string | null)[]
      }
      readonly include_all_networks?: boolean
      readonly third_party_instance_id?: string
    }
    response: PublicRoomsResponse
  }
  queryInfo: {
    params: {
      readonly queryType: string
    }
    query: Record<never, never>
    body: undefined
    response: unknown
  }
  queryRoomDirectory: {
    params: Record<never, never>
    query: {
      readonly room_alias: string
    }
    body: undefined
    response: {
      readonly room_id: string
      readonly servers: readonly string[]
    }
  }
  queryProfile: {
    params: Record<never, never>
    query: {
      readonly user_id: string
      readonly field?: string
    }
    body: undefined
    response: {
      readonly displayname?: string | undefined
      readonly avatar_url?: string | undefined
      readonly 'm.tz'?: string | undefined
      readonly [key: string]: unknown
    }
  }
  askPolicyServerToSign: {
    params: Record<never, never>
    query: Record<never, never>
    body: JsonObject
    response: object
  }
  getSpaceHierarchy: {
    params: {
      readonly roomId: string
    }
    query: {
      readonly suggested_only?: boolean
    }
    body: undefined
    response: {
      readonly room: RoomSummary & {
        readonly children_state: readonly (CoreStrippedState & {
          readonly origin_server_ts: number
        })[]
        readonly room_type?: unknown | undefined
        readonly encryption?: unknown | undefined
        readonly room_version?: unknown | undefined
      }
      readonly children: readonly (RoomSummary & {
        readonly room_type?: unknown | undefined
        readonly encryption?: unknown | undefined
        readonly room_version?: unknown | undefined
      })[]
      readonly inaccessible_children: readonly string[]
    }
  }
  exchangeThirdPartyInvite: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly type: string
      readonly room_id: string
      readonly sender: string
      readonly state_key: string
      readonly content: {
        readonly membership: string
        readonly third_party_invite: {
          readonly display_name: string
          readonly signed: SignedThirdPartyInvite
        }
      }
    }
    response: object
  }
  onBindThirdPartyIdentifier: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly medium: string
      readonly address: string
      readonly mxid: string
      readonly invites: readonly {
        readonly medium: string
        readonly address: string
        readonly mxid: string
        readonly room_id: string
        readonly sender: string
        readonly signed: SignedThirdPartyInvite
      }[]
    }
    response: object
  }
  sendTransaction: {
    params: {
      readonly txnId: string
    }
    query: Record<never, never>
    body: TransactionResultInput & {
      readonly edus?: readonly Edu[]
    }
    response: {
      readonly pdus: Readonly<Record<string, {
        readonly error?: string | undefined
      }>>
    }
  }
  getUserDevices: {
    params: {
      readonly userId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly user_id: string
      readonly stream_id: number
      readonly devices: readonly {
        readonly device_id: string
        readonly keys: DeviceKeys
        readonly device_display_name?: string | undefined
      }[]
      readonly master_key?: CrossSigningKey | undefined
      readonly self_signing_key?: CrossSigningKey | undefined
    }
  }
  claimUserEncryptionKeys: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly one_time_keys: Readonly<Record<string, Readonly<Record<string, string>>>>
    }
    response: {
      readonly one_time_keys: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string | {
        readonly key: string
        readonly signatures: Readonly<Record<string, object>>
      }>>>>>>
    }
  }
  queryUserEncryptionKeys: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly device_keys: Readonly<Record<string, readonly string[]>>
    }
    response: {
      readonly device_keys: Readonly<Record<string, Readonly<Record<string, DeviceKeys & {
        readonly unsigned?: {
          readonly device_display_name?: string | undefined
        } | undefined
      }>>>>
      readonly master_keys?: Readonly<Record<string, CrossSigningKey>> | undefined
      readonly self_signing_keys?: Readonly<Record<string, CrossSigningKey>> | undefined
    }
  }
  getVersion: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly server?: {
        readonly name?: string | undefined
        readonly version?: string | undefined
      } | undefined
    }
  }
  getWellKnown: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly 'm.server'?: string | undefined
    }
  }
}

export interface HearthTypes {
  syncStream: {
    params: Record<never, never>
    query: {
      readonly filter?: string
      readonly since?: string
      readonly full_state?: boolean
      readonly set_presence?: 'offline' | 'online' | 'unavailable'
      readonly use_state_after?: boolean
      readonly 'org.matrix.msc4222.use_state_after'?: boolean
    }
    body: undefined
    response: unknown
  }
  getEncryptionLog: {
    params: Record<never, never>
    query: {
      readonly limit?: number
    }
    body: undefined
    response: {
      readonly changes: readonly EncryptionChange[]
      readonly dropped_messages: readonly DroppedMessages[]
    }
  }
  listBackgroundJobs: {
    params: Record<never, never>
    query: {
      readonly unfinished?: boolean
      readonly limit?: number
    }
    body: undefined
    response: {
      readonly jobs: readonly BackgroundJob[]
    }
  }
  getDehydratedDevice: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: DehydratedDevice
  }
  putDehydratedDevice: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly device_id: string
      readonly device_data: {
        readonly algorithm: string
        readonly [key: string]: JsonValue
      }
      readonly initial_device_display_name?: string
      readonly device_keys: JsonObject
      readonly one_time_keys?: Readonly<Record<string, string | JsonObject>>
      readonly fallback_keys?: Readonly<Record<string, string | JsonObject>>
    }
    response: DeviceName
  }
  deleteDehydratedDevice: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: DeviceName
  }
  getDehydratedDeviceEvents: {
    params: {
      readonly deviceId: string
    }
    query: {
      readonly from?: string
      readonly limit?: number
    }
    body: undefined
    response: {
      readonly events: readonly object[]
      readonly next_batch?: string | undefined
    }
  }
  postDehydratedDeviceEvents: {
    params: {
      readonly deviceId: string
    }
    query: Record<never, never>
    body: {
      readonly next_batch?: string
    }
    response: {
      readonly events: readonly object[]
      readonly next_batch: string
    }
  }
  purgeHistory: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly delete_local_events?: boolean
      readonly purge_up_to_event_id?: string
      readonly purge_up_to_ts?: number
    }
    response: {
      readonly purge_id: string
    }
  }
  purgeHistoryBefore: {
    params: {
      readonly roomId: string
      readonly eventId: string
    }
    query: Record<never, never>
    body: {
      readonly delete_local_events?: boolean
    }
    response: {
      readonly purge_id: string
    }
  }
  getPurgeStatus: {
    params: {
      readonly purgeId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly status: 'active' | 'complete' | 'failed'
      readonly error?: string | undefined
    }
  }
  getRoomBlock: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly block: boolean
      readonly user_id?: string | undefined
    }
  }
  setRoomBlock: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly block: boolean
    }
    response: {
      readonly block: boolean
    }
  }
  getRoomDeletion: {
    params: {
      readonly deleteId: string
    }
    query: Record<never, never>
    body: undefined
    response: RoomDeletion
  }
  deleteRoom: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: {
      readonly new_room_user_id?: string
      readonly room_name?: string
      readonly message?: string
      readonly block?: boolean
      readonly purge?: boolean
      readonly force_purge?: boolean
    }
    response: {
      readonly delete_id: string
    }
  }
  getRoomDeletions: {
    params: {
      readonly roomId: string
    }
    query: Record<never, never>
    body: undefined
    response: {
      readonly results: readonly RoomDeletion[]
    }
  }
  getSharedSecretNonce: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly nonce: string
    }
  }
  registerWithSharedSecret: {
    params: Record<never, never>
    query: Record<never, never>
    body: {
      readonly nonce: string
      readonly username: string
      readonly password: string
      readonly mac: string
      readonly admin?: boolean
      readonly displayname?: string
      readonly user_type?: string | null
      readonly device_id?: string
      readonly initial_device_display_name?: string
      readonly inhibit_login?: boolean
    }
    response: {
      readonly user_id: string
      readonly home_server: string
      readonly access_token?: string | undefined
      readonly device_id?: string | undefined
    }
  }
  getServerVersion: {
    params: Record<never, never>
    query: Record<never, never>
    body: undefined
    response: {
      readonly server_version: string
    }
  }
}
