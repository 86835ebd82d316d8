// Generated from /spec by `npm run spec`. Change the documents there, never this file.

import type { clientOperations, federationOperations, hearthOperations } from './operations.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The schemas refer to `definitions`, which Ajv must have been given with `addSchema`. Values of a query arrive as text:
 * validate it with `coerceTypes: 'array'`.
 */
export interface OperationSchemas {
  readonly params: JsonSchema
  readonly query: JsonSchema
  readonly body?: JsonSchema
  readonly response?: JsonSchema
}

export const definitions: JsonSchema = {
  $id: 'definitions',
  $defs: {
    AuthData: { type: 'object', properties: { type: { type: 'string' }, session: { type: 'string' } } },
    BooleanCapability: { type: 'object', properties: { enabled: { type: 'boolean' } }, required: ['enabled'] },
    ClientDevice: {
      type: 'object',
      properties: {
        device_id: { type: 'string' },
        display_name: { type: 'string' },
        last_seen_ip: { type: 'string' },
        last_seen_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['device_id'],
    },
    ClientEvent: {
      type: 'object',
      allOf: [
        { $ref: 'definitions#/$defs/ClientEventWithoutRoomId' },
        {
          type: 'object',
          properties: { room_id: { type: 'string', pattern: '^!' } },
          required: ['room_id'],
        },
      ],
    },
    ClientEventWithoutRoomId: {
      type: 'object',
      required: ['event_id', 'type', 'sender', 'origin_server_ts', 'content'],
      properties: {
        event_id: { type: 'string', pattern: '^\\$' },
        type: { type: 'string' },
        state_key: { type: 'string' },
        sender: { type: 'string', pattern: '^@' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        content: { type: 'object' },
        unsigned: {
          type: 'object',
          properties: {
            age: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
            redacted_because: { type: 'object' },
            transaction_id: { type: 'string' },
            prev_content: { type: 'object' },
            replaces_state: { type: 'string', pattern: '^\\$' },
            membership: { type: 'string' },
          },
        },
      },
    },
    CoreEvent: {
      properties: { content: { type: 'object' }, type: { type: 'string' } },
      required: ['type', 'content'],
      type: 'object',
    },
    CoreStrippedState: {
      type: 'object',
      properties: {
        content: { type: 'object' },
        state_key: { type: 'string' },
        type: { type: 'string' },
        sender: { type: 'string', pattern: '^@' },
      },
      required: ['type', 'state_key', 'content', 'sender'],
    },
    CrossSigningKey: {
      type: 'object',
      properties: {
        user_id: { type: 'string' },
        usage: {
          type: 'array',
          items: { type: 'string', enum: ['master', 'self_signing', 'user_signing'] },
        },
        keys: {
          type: 'object',
          additionalProperties: { type: 'string' },
          minProperties: 1,
          maxProperties: 1,
        },
        signatures: { type: 'object' },
      },
      required: ['user_id', 'usage', 'keys'],
    },
    DeviceKeys: {
      type: 'object',
      properties: {
        user_id: { type: 'string', pattern: '^@' },
        device_id: { type: 'string' },
        algorithms: { type: 'array', items: { type: 'string' } },
        keys: { type: 'object', additionalProperties: { type: 'string' } },
        signatures: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      required: ['user_id', 'device_id', 'algorithms', 'keys', 'signatures'],
    },
    EventBatch: {
      properties: { events: { items: { $ref: 'definitions#/$defs/CoreEvent' }, type: 'array' } },
      type: 'object',
    },
    EventFilter: {
      properties: {
        limit: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        not_senders: { items: { type: 'string', pattern: '^@' }, type: 'array' },
        not_types: { items: { type: 'string' }, type: 'array' },
        senders: { items: { type: 'string', pattern: '^@' }, type: 'array' },
        types: { items: { type: 'string' }, type: 'array' },
      },
      type: 'object',
    },
    Invite3pid: {
      type: 'object',
      properties: {
        id_server: { type: 'string' },
        id_access_token: { type: 'string' },
        medium: { type: 'string' },
        address: { type: 'string' },
      },
      required: ['id_server', 'id_access_token', 'medium', 'address'],
    },
    KeyBackupData: {
      type: 'object',
      properties: {
        first_message_index: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        forwarded_count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        is_verified: { type: 'boolean' },
        session_data: { type: 'object' },
      },
      required: ['first_message_index', 'forwarded_count', 'is_verified', 'session_data'],
    },
    OneTimeKeys: {
      type: 'object',
      additionalProperties: {
        oneOf: [
          { type: 'string' },
          {
            type: 'object',
            properties: {
              key: { type: 'string' },
              signatures: {
                type: 'object',
                propertyNames: { pattern: '^@' },
                additionalProperties: { type: 'object' },
              },
            },
            required: ['key', 'signatures'],
          },
        ],
      },
    },
    OpenidToken: {
      type: 'object',
      properties: {
        access_token: { type: 'string' },
        token_type: { type: 'string' },
        matrix_server_name: { type: 'string' },
        expires_in: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['access_token', 'token_type', 'matrix_server_name', 'expires_in'],
    },
    Protocol: {
      allOf: [
        { $ref: 'definitions#/$defs/ThirdpartyProtocolBase' },
        {
          type: 'object',
          properties: {
            instances: {
              type: 'array',
              items: {
                allOf: [
                  { $ref: 'definitions#/$defs/ThirdpartyProtocolInstance' },
                  { type: 'object', properties: { instance_id: { type: 'string' } } },
                ],
              },
            },
          },
          required: ['instances'],
        },
      ],
    },
    PublicRoomsChunk: {
      type: 'object',
      properties: {
        canonical_alias: { type: 'string', pattern: '^#' },
        name: { type: 'string' },
        num_joined_members: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        room_id: { type: 'string', pattern: '^!' },
        topic: { type: 'string' },
        world_readable: { type: 'boolean' },
        guest_can_join: { type: 'boolean' },
        avatar_url: { type: 'string', pattern: '^mxc:\\/\\/' },
        join_rule: { type: 'string' },
        room_type: { type: 'string' },
      },
      required: ['room_id', 'num_joined_members', 'world_readable', 'guest_can_join'],
    },
    PublicRoomsResponse: {
      type: 'object',
      required: ['chunk'],
      properties: {
        chunk: { type: 'array', items: { $ref: 'definitions#/$defs/PublicRoomsChunk' } },
        next_batch: { type: 'string' },
        prev_batch: { type: 'string' },
        total_room_count_estimate: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
    },
    PushCondition: {
      type: 'object',
      properties: {
        kind: { type: 'string' },
        key: { type: 'string' },
        pattern: { type: 'string' },
        is: { type: 'string' },
        value: { type: ['string', 'integer', 'boolean', 'null'] },
      },
      required: ['kind'],
    },
    PushRule: {
      type: 'object',
      properties: {
        actions: { items: { type: ['string', 'object'] }, type: 'array' },
        default: { type: 'boolean' },
        enabled: { type: 'boolean' },
        rule_id: { type: 'string' },
        conditions: { type: 'array', items: { $ref: 'definitions#/$defs/PushCondition' } },
        pattern: { type: 'string' },
      },
      required: ['actions', 'default', 'enabled', 'rule_id'],
    },
    PushRuleset: {
      properties: {
        content: { items: { $ref: 'definitions#/$defs/PushRule' }, type: 'array' },
        override: { items: { $ref: 'definitions#/$defs/PushRule' }, type: 'array' },
        room: { items: { $ref: 'definitions#/$defs/PushRule' }, type: 'array' },
        sender: { items: { $ref: 'definitions#/$defs/PushRule' }, type: 'array' },
        underride: { items: { $ref: 'definitions#/$defs/PushRule' }, type: 'array' },
      },
      type: 'object',
    },
    RelationsResponse: {
      type: 'object',
      properties: {
        next_batch: { type: 'string' },
        prev_batch: { type: 'string' },
        recursion_depth: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
    },
    RequestEmailValidation: {
      type: 'object',
      allOf: [
        { $ref: 'definitions#/$defs/RequestEmailValidationIdentity' },
        {
          type: 'object',
          properties: { id_server: { type: 'string' }, id_access_token: { type: 'string' } },
        },
      ],
    },
    RequestEmailValidationIdentity: {
      type: 'object',
      properties: {
        client_secret: { type: 'string' },
        email: { type: 'string' },
        send_attempt: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        next_link: { type: 'string' },
      },
      required: ['client_secret', 'email', 'send_attempt'],
    },
    RequestMsisdnValidation: {
      type: 'object',
      allOf: [
        { $ref: 'definitions#/$defs/RequestMsisdnValidationIdentity' },
        {
          type: 'object',
          properties: { id_server: { type: 'string' }, id_access_token: { type: 'string' } },
        },
      ],
    },
    RequestMsisdnValidationIdentity: {
      type: 'object',
      properties: {
        client_secret: { type: 'string' },
        country: { type: 'string' },
        phone_number: { type: 'string' },
        send_attempt: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        next_link: { type: 'string' },
      },
      required: ['client_secret', 'country', 'phone_number', 'send_attempt'],
    },
    RequestTokenResponse: {
      type: 'object',
      properties: { sid: { type: 'string' }, submit_url: { type: 'string' } },
      required: ['sid'],
    },
    RoomEventFilter: {
      allOf: [
        { $ref: 'definitions#/$defs/EventFilter' },
        {
          type: 'object',
          properties: {
            unread_thread_notifications: { type: 'boolean' },
            lazy_load_members: { type: 'boolean' },
            include_redundant_members: { type: 'boolean' },
            not_rooms: { items: { type: 'string', pattern: '^!' }, type: 'array' },
            rooms: { items: { type: 'string', pattern: '^!' }, type: 'array' },
            contains_url: { type: 'boolean' },
          },
        },
      ],
    },
    RoomKeyBackup: {
      type: 'object',
      properties: {
        sessions: { type: 'object', additionalProperties: { $ref: 'definitions#/$defs/KeyBackupData' } },
      },
      required: ['sessions'],
    },
    RoomKeysUpdateResponse: {
      type: 'object',
      properties: {
        etag: { type: 'string' },
        count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['etag', 'count'],
    },
    RoomSummary: {
      type: 'object',
      allOf: [
        { $ref: 'definitions#/$defs/PublicRoomsChunk' },
        {
          type: 'object',
          properties: {
            room_type: { type: 'string' },
            allowed_room_ids: { type: 'array', items: { type: 'string', pattern: '^!' } },
            encryption: { type: 'string', enum: ['m.megolm.v1.aes-sha2'] },
            room_version: { type: 'string' },
          },
        },
      ],
    },
    SignedThirdPartyInvite: {
      type: 'object',
      properties: {
        mxid: { type: 'string', pattern: '^@' },
        signatures: {
          type: 'object',
          additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
        },
        token: { type: 'string' },
      },
      required: ['mxid', 'signatures', 'token'],
    },
    StateEventBatch: {
      properties: { events: { items: { $ref: 'definitions#/$defs/ClientEventWithoutRoomId' }, type: 'array' } },
      type: 'object',
    },
    SyncFilter: {
      type: 'object',
      properties: {
        event_fields: { items: { type: 'string' }, type: 'array' },
        event_format: { enum: ['client', 'federation'], type: 'string' },
        presence: { $ref: 'definitions#/$defs/EventFilter' },
        account_data: { $ref: 'definitions#/$defs/EventFilter' },
        room: {
          type: 'object',
          properties: {
            not_rooms: { items: { type: 'string', pattern: '^!' }, type: 'array' },
            rooms: { items: { type: 'string', pattern: '^!' }, type: 'array' },
            ephemeral: { $ref: 'definitions#/$defs/RoomEventFilter' },
            include_leave: { type: 'boolean' },
            state: { $ref: 'definitions#/$defs/RoomEventFilter' },
            timeline: { $ref: 'definitions#/$defs/RoomEventFilter' },
            account_data: { $ref: 'definitions#/$defs/RoomEventFilter' },
          },
        },
      },
    },
    Tag: { type: 'object', properties: { order: { type: 'number' } } },
    ThirdPartySigned: {
      type: 'object',
      properties: {
        sender: { type: 'string', pattern: '^@' },
        mxid: { type: 'string', pattern: '^@' },
        token: { type: 'string' },
        signatures: {
          type: 'object',
          additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      required: ['sender', 'mxid', 'token', 'signatures'],
    },
    ThirdpartyLocation: {
      properties: { alias: { type: 'string' }, protocol: { type: 'string' }, fields: { type: 'object' } },
      required: ['alias', 'protocol', 'fields'],
      type: 'object',
    },
    ThirdpartyLocationBatch: { type: 'array', items: { $ref: 'definitions#/$defs/ThirdpartyLocation' } },
    ThirdpartyProtocolBase: {
      type: 'object',
      properties: {
        user_fields: { type: 'array', items: { type: 'string' } },
        location_fields: { type: 'array', items: { type: 'string' } },
        icon: { type: 'string' },
        field_types: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            properties: { regexp: { type: 'string' }, placeholder: { type: 'string' } },
            required: ['regexp', 'placeholder'],
          },
        },
      },
      required: ['user_fields', 'location_fields', 'icon', 'field_types'],
    },
    ThirdpartyProtocolInstance: {
      type: 'object',
      properties: {
        desc: { type: 'string' },
        icon: { type: 'string' },
        fields: { type: 'object' },
        network_id: { type: 'string' },
      },
      required: ['desc', 'fields', 'network_id'],
    },
    ThirdpartyUser: {
      properties: { userid: { type: 'string' }, protocol: { type: 'string' }, fields: { type: 'object' } },
      required: ['userid', 'protocol', 'fields'],
      type: 'object',
    },
    ThirdpartyUserBatch: { type: 'array', items: { $ref: 'definitions#/$defs/ThirdpartyUser' } },
    TimelineBatch: {
      properties: {
        limited: { type: 'boolean' },
        prev_batch: { type: 'string' },
        events: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEventWithoutRoomId' } },
      },
      type: 'object',
      required: ['events'],
    },
    UserIdentifier: { type: 'object', properties: { type: { type: 'string' } }, required: ['type'] },
    WellknownFull: {
      type: 'object',
      properties: {
        'm.homeserver': { $ref: 'definitions#/$defs/WellknownHomeserver' },
        'm.identity_server': { $ref: 'definitions#/$defs/WellknownIdentityServer' },
      },
      required: ['m.homeserver'],
    },
    WellknownHomeserver: { type: 'object', properties: { base_url: { type: 'string' } }, required: ['base_url'] },
    WellknownIdentityServer: { type: 'object', properties: { base_url: { type: 'string' } }, required: ['base_url'] },
    Edu: {
      type: 'object',
      properties: { edu_type: { type: 'string' }, content: { type: 'object' } },
      required: ['edu_type', 'content'],
    },
    InviteEvent: {
      type: 'object',
      properties: {
        sender: { type: 'string' },
        origin: { type: 'string' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        type: { type: 'string' },
        state_key: { type: 'string' },
        content: {
          type: 'object',
          properties: { membership: { type: 'string' } },
          required: ['membership'],
        },
      },
      required: ['state_key', 'sender', 'origin_server_ts', 'type', 'content'],
    },
    ServerKeys: {
      type: 'object',
      properties: {
        server_name: { type: 'string' },
        verify_keys: {
          type: 'object',
          additionalProperties: { type: 'object', properties: { key: { type: 'string' } }, required: ['key'] },
        },
        old_verify_keys: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            properties: {
              expired_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
              key: { type: 'string' },
            },
            required: ['expired_ts', 'key'],
          },
        },
        signatures: {
          type: 'object',
          additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
        },
        valid_until_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['server_name', 'verify_keys', 'signatures', 'valid_until_ts'],
    },
    ServerKeysQueryResponse: {
      type: 'object',
      properties: { server_keys: { type: 'array', items: { $ref: 'definitions#/$defs/ServerKeys' } } },
    },
    SinglePduTransaction: {
      type: 'object',
      allOf: [{ $ref: 'definitions#/$defs/TransactionResult' }],
      properties: { pdus: { type: 'array', items: { type: 'object' } } },
      required: ['origin', 'origin_server_ts', 'pdus'],
    },
    TransactionResult: {
      type: 'object',
      properties: {
        origin: { type: 'string' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        pdus: { type: 'array', items: { type: 'object' } },
      },
      required: ['origin', 'origin_server_ts', 'pdus'],
    },
    UnlimitedPduTransaction: {
      type: 'object',
      allOf: [{ $ref: 'definitions#/$defs/TransactionResult' }],
      properties: { pdus: { type: 'array', items: { type: 'object' } } },
      required: ['origin', 'origin_server_ts', 'pdus'],
    },
    EncryptionChange: {
      type: 'object',
      properties: {
        type: { type: 'string' },
        ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        device_id: { type: 'string' },
        version: { type: 'string' },
        room_id: { type: 'string' },
        event_id: { type: 'string' },
        sender: { type: 'string' },
        algorithm: { type: 'string' },
      },
      required: ['type', 'ts'],
    },
    DroppedMessages: {
      type: 'object',
      properties: {
        device_id: { type: 'string' },
        count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        first_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        last_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['device_id', 'count', 'first_ts', 'last_ts'],
    },
    DehydratedDevice: {
      type: 'object',
      properties: { device_id: { type: 'string' }, device_data: { type: 'object' } },
      required: ['device_id', 'device_data'],
    },
    DeviceName: { type: 'object', properties: { device_id: { type: 'string' } }, required: ['device_id'] },
    BackgroundJob: {
      type: 'object',
      properties: {
        id: { type: 'string' },
        kind: { type: 'string' },
        resource: { type: 'string' },
        state: { type: 'string', enum: ['waiting', 'running', 'finished', 'failed'] },
        done: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        error: { type: 'string' },
        created_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        updated_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['id', 'kind', 'state', 'done', 'created_ts', 'updated_ts'],
    },
    RoomDeletion: {
      type: 'object',
      properties: {
        delete_id: { type: 'string' },
        room_id: { type: 'string' },
        status: { type: 'string', enum: ['scheduled', 'active', 'complete', 'failed'] },
        error: { type: 'string' },
        shutdown_room: {
          type: 'object',
          properties: {
            kicked_users: { type: 'array', items: { type: 'string' } },
            failed_to_kick_users: { type: 'array', items: { type: 'string' } },
            local_aliases: { type: 'array', items: { type: 'string' } },
            new_room_id: { type: ['string', 'null'] },
          },
          required: ['kicked_users', 'failed_to_kick_users', 'local_aliases', 'new_room_id'],
        },
      },
      required: ['delete_id', 'room_id', 'status', 'shutdown_room'],
    },
  },
}

export const clientSchemas: Readonly<Record<keyof typeof clientOperations, OperationSchemas>> = {
  getAccountData: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string' }, type: { type: 'string' } },
      required: ['userId', 'type'],
    },
    query: { type: 'object' },
    response: { type: 'object' },
  },
  setAccountData: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string' }, type: { type: 'string' } },
      required: ['userId', 'type'],
    },
    query: { type: 'object' },
    body: { type: 'object' },
    response: { type: 'object' },
  },
  getAccountDataPerRoom: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string' }, roomId: { type: 'string' }, type: { type: 'string' } },
      required: ['userId', 'roomId', 'type'],
    },
    query: { type: 'object' },
    response: { type: 'object' },
  },
  setAccountDataPerRoom: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string' }, roomId: { type: 'string' }, type: { type: 'string' } },
      required: ['userId', 'roomId', 'type'],
    },
    query: { type: 'object' },
    body: { type: 'object' },
    response: { type: 'object' },
  },
  deactivateAccount: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        auth: { $ref: 'definitions#/$defs/AuthData' },
        id_server: { type: 'string' },
        erase: { type: 'boolean' },
      },
    },
    response: {
      type: 'object',
      properties: { id_server_unbind_result: { type: 'string', enum: ['success', 'no-support'] } },
      required: ['id_server_unbind_result'],
    },
  },
  getWhoIs: {
    params: { type: 'object', properties: { userId: { type: 'string' } }, required: ['userId'] },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        user_id: { type: 'string' },
        devices: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            properties: {
              sessions: {
                type: 'array',
                items: {
                  type: 'object',
                  properties: {
                    connections: {
                      type: 'array',
                      items: {
                        type: 'object',
                        properties: {
                          ip: { type: 'string' },
                          last_seen: {
                            type: 'integer',
                            minimum: -9007199254740991,
                            maximum: 9007199254740991,
                          },
                          user_agent: { type: 'string' },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
  getAdminSuspendUser: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string', pattern: '^@' } },
      required: ['userId'],
    },
    query: { type: 'object' },
    response: { type: 'object', properties: { suspended: { type: 'boolean' } }, required: ['suspended'] },
  },
  setAdminSuspendUser: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string', pattern: '^@' } },
      required: ['userId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { suspended: { type: 'boolean' } }, required: ['suspended'] },
    response: { type: 'object', properties: { suspended: { type: 'boolean' } }, required: ['suspended'] },
  },
  getAdminLockUser: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string', pattern: '^@' } },
      required: ['userId'],
    },
    query: { type: 'object' },
    response: { type: 'object', properties: { locked: { type: 'boolean' } }, required: ['locked'] },
  },
  setAdminLockUser: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string', pattern: '^@' } },
      required: ['userId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { locked: { type: 'boolean' } }, required: ['locked'] },
    response: { type: 'object', properties: { locked: { type: 'boolean' } }, required: ['locked'] },
  },
  getAccount3PIDs: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        threepids: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              medium: { type: 'string', enum: ['email', 'msisdn'] },
              address: { type: 'string' },
              validated_at: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
              added_at: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
            },
            required: ['medium', 'address', 'validated_at', 'added_at'],
          },
        },
      },
    },
  },
  post3PIDs: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        three_pid_creds: {
          type: 'object',
          properties: {
            client_secret: { type: 'string' },
            id_server: { type: 'string' },
            id_access_token: { type: 'string' },
            sid: { type: 'string' },
          },
          required: ['client_secret', 'id_server', 'id_access_token', 'sid'],
        },
      },
      required: ['three_pid_creds'],
    },
    response: { type: 'object', properties: { submit_url: { type: 'string' } } },
  },
  add3PID: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        auth: { $ref: 'definitions#/$defs/AuthData' },
        client_secret: { type: 'string' },
        sid: { type: 'string' },
      },
      required: ['client_secret', 'sid'],
    },
    response: { type: 'object' },
  },
  bind3PID: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        client_secret: { type: 'string' },
        id_server: { type: 'string' },
        id_access_token: { type: 'string' },
        sid: { type: 'string' },
      },
      required: ['client_secret', 'id_server', 'id_access_token', 'sid'],
    },
    response: { type: 'object' },
  },
  delete3pidFromAccount: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        id_server: { type: 'string' },
        medium: { type: 'string', enum: ['email', 'msisdn'] },
        address: { type: 'string' },
      },
      required: ['medium', 'address'],
    },
    response: {
      type: 'object',
      properties: { id_server_unbind_result: { type: 'string', enum: ['no-support', 'success'] } },
      required: ['id_server_unbind_result'],
    },
  },
  unbind3pidFromAccount: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        id_server: { type: 'string' },
        medium: { type: 'string', enum: ['email', 'msisdn'] },
        address: { type: 'string' },
      },
      required: ['medium', 'address'],
    },
    response: {
      type: 'object',
      properties: { id_server_unbind_result: { type: 'string', enum: ['no-support', 'success'] } },
      required: ['id_server_unbind_result'],
    },
  },
  requestTokenTo3PIDEmail: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: { $ref: 'definitions#/$defs/RequestEmailValidation' },
    response: { $ref: 'definitions#/$defs/RequestTokenResponse' },
  },
  requestTokenTo3PIDMSISDN: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: { $ref: 'definitions#/$defs/RequestMsisdnValidation' },
    response: { $ref: 'definitions#/$defs/RequestTokenResponse' },
  },
  pingAppservice: {
    params: {
      type: 'object',
      properties: { appserviceId: { type: 'string' } },
      required: ['appserviceId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { transaction_id: { type: 'string' } } },
    response: {
      type: 'object',
      properties: { duration_ms: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 } },
      required: ['duration_ms'],
    },
  },
  updateAppserviceRoomDirectoryVisibility: {
    params: {
      type: 'object',
      properties: { networkId: { type: 'string' }, roomId: { type: 'string' } },
      required: ['networkId', 'roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: { visibility: { type: 'string', enum: ['public', 'private'] } },
      required: ['visibility'],
    },
    response: { type: 'object' },
  },
  getContentAuthed: {
    params: {
      type: 'object',
      properties: { serverName: { type: 'string' }, mediaId: { type: 'string' } },
      required: ['serverName', 'mediaId'],
    },
    query: {
      type: 'object',
      properties: { timeout_ms: { type: 'integer', minimum: 0, maximum: 9007199254740991 } },
    },
  },
  getContentOverrideNameAuthed: {
    params: {
      type: 'object',
      properties: { serverName: { type: 'string' }, mediaId: { type: 'string' }, fileName: { type: 'string' } },
      required: ['serverName', 'mediaId', 'fileName'],
    },
    query: {
      type: 'object',
      properties: { timeout_ms: { type: 'integer', minimum: 0, maximum: 9007199254740991 } },
    },
  },
  getContentThumbnailAuthed: {
    params: {
      type: 'object',
      properties: { serverName: { type: 'string' }, mediaId: { type: 'string' } },
      required: ['serverName', 'mediaId'],
    },
    query: {
      type: 'object',
      properties: {
        width: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        height: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        method: { type: 'string', enum: ['crop', 'scale'] },
        timeout_ms: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        animated: { type: 'boolean' },
      },
      required: ['width', 'height'],
    },
  },
  getUrlPreviewAuthed: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: { url: { type: 'string' }, ts: { type: 'integer', minimum: 0, maximum: 9007199254740991 } },
      required: ['url'],
    },
    response: {
      type: 'object',
      properties: {
        'matrix:image:size': { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        'og:image': { type: 'string' },
      },
    },
  },
  getConfigAuthed: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        'm.upload.size': { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
    },
  },
  ban: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: { user_id: { type: 'string', pattern: '^@' }, reason: { type: 'string' } },
      required: ['user_id'],
    },
    response: { type: 'object' },
  },
  unban: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: { user_id: { type: 'string', pattern: '^@' }, reason: { type: 'string' } },
      required: ['user_id'],
    },
    response: { type: 'object' },
  },
  getCapabilities: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      required: ['capabilities'],
      properties: {
        capabilities: {
          type: 'object',
          properties: {
            'm.change_password': { $ref: 'definitions#/$defs/BooleanCapability' },
            'm.forget_forced_upon_leave': { $ref: 'definitions#/$defs/BooleanCapability' },
            'm.room_versions': {
              type: 'object',
              properties: {
                default: { type: 'string' },
                available: {
                  type: 'object',
                  additionalProperties: { type: 'string', enum: ['stable', 'unstable'] },
                },
              },
              required: ['default', 'available'],
            },
            'm.set_displayname': { $ref: 'definitions#/$defs/BooleanCapability' },
            'm.set_avatar_url': { $ref: 'definitions#/$defs/BooleanCapability' },
            'm.3pid_changes': { $ref: 'definitions#/$defs/BooleanCapability' },
            'm.get_login_token': { $ref: 'definitions#/$defs/BooleanCapability' },
            'm.profile_fields': {
              type: 'object',
              properties: {
                allowed: { type: 'array', items: { type: 'string' } },
                disallowed: { type: 'array', items: { type: 'string' } },
                enabled: { type: 'boolean' },
              },
              required: ['enabled'],
            },
            'm.account_moderation': {
              type: 'object',
              properties: { suspend: { type: 'boolean' }, lock: { type: 'boolean' } },
            },
          },
        },
      },
    },
  },
  uploadContent: {
    params: { type: 'object' },
    query: { type: 'object', properties: { filename: { type: 'string' } } },
    response: {
      type: 'object',
      required: ['content_uri'],
      properties: { content_uri: { type: 'string', pattern: '^mxc:\\/\\/' } },
    },
  },
  uploadContentToMXC: {
    params: {
      type: 'object',
      properties: { serverName: { type: 'string' }, mediaId: { type: 'string' } },
      required: ['serverName', 'mediaId'],
    },
    query: { type: 'object', properties: { filename: { type: 'string' } } },
    response: { type: 'object' },
  },
  createContent: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      required: ['content_uri'],
      properties: {
        content_uri: { type: 'string', pattern: '^mxc:\\/\\/' },
        unused_expires_at: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
    },
  },
  getContent: {
    params: {
      type: 'object',
      properties: { serverName: { type: 'string' }, mediaId: { type: 'string' } },
      required: ['serverName', 'mediaId'],
    },
    query: {
      type: 'object',
      properties: {
        allow_remote: { type: 'boolean' },
        timeout_ms: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        allow_redirect: { type: 'boolean' },
      },
    },
  },
  getContentOverrideName: {
    params: {
      type: 'object',
      properties: { serverName: { type: 'string' }, mediaId: { type: 'string' }, fileName: { type: 'string' } },
      required: ['serverName', 'mediaId', 'fileName'],
    },
    query: {
      type: 'object',
      properties: {
        allow_remote: { type: 'boolean' },
        timeout_ms: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        allow_redirect: { type: 'boolean' },
      },
    },
  },
  getContentThumbnail: {
    params: {
      type: 'object',
      properties: { serverName: { type: 'string' }, mediaId: { type: 'string' } },
      required: ['serverName', 'mediaId'],
    },
    query: {
      type: 'object',
      properties: {
        width: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        height: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        method: { type: 'string', enum: ['crop', 'scale'] },
        allow_remote: { type: 'boolean' },
        timeout_ms: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        allow_redirect: { type: 'boolean' },
        animated: { type: 'boolean' },
      },
      required: ['width', 'height'],
    },
  },
  getUrlPreview: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: { url: { type: 'string' }, ts: { type: 'integer', minimum: 0, maximum: 9007199254740991 } },
      required: ['url'],
    },
    response: {
      type: 'object',
      properties: {
        'matrix:image:size': { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        'og:image': { type: 'string' },
      },
    },
  },
  getConfig: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        'm.upload.size': { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
    },
  },
  createRoom: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        visibility: { type: 'string', enum: ['public', 'private'] },
        room_alias_name: { type: 'string' },
        name: { type: 'string' },
        topic: { type: 'string' },
        invite: { type: 'array', items: { type: 'string', pattern: '^@' } },
        invite_3pid: { type: 'array', items: { $ref: 'definitions#/$defs/Invite3pid' } },
        room_version: { type: 'string' },
        creation_content: { type: 'object' },
        initial_state: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              type: { type: 'string' },
              state_key: { type: 'string' },
              content: { type: 'object' },
            },
            required: ['type', 'content'],
          },
        },
        preset: { type: 'string', enum: ['private_chat', 'public_chat', 'trusted_private_chat'] },
        is_direct: { type: 'boolean' },
        power_level_content_override: { type: 'object' },
      },
    },
    response: {
      type: 'object',
      properties: { room_id: { type: 'string', pattern: '^!' } },
      required: ['room_id'],
    },
  },
  uploadCrossSigningKeys: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        master_key: { $ref: 'definitions#/$defs/CrossSigningKey' },
        self_signing_key: { $ref: 'definitions#/$defs/CrossSigningKey' },
        user_signing_key: { $ref: 'definitions#/$defs/CrossSigningKey' },
        auth: { $ref: 'definitions#/$defs/AuthData' },
      },
    },
    response: { type: 'object' },
  },
  uploadCrossSigningSignatures: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      propertyNames: { pattern: '^@' },
      additionalProperties: { type: 'object', additionalProperties: { type: 'object' } },
    },
    response: {
      type: 'object',
      properties: {
        failures: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { type: 'object', additionalProperties: { type: 'object' } },
        },
      },
    },
  },
  getDevices: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: { devices: { type: 'array', items: { $ref: 'definitions#/$defs/ClientDevice' } } },
    },
  },
  getDevice: {
    params: { type: 'object', properties: { deviceId: { type: 'string' } }, required: ['deviceId'] },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/ClientDevice' },
  },
  updateDevice: {
    params: { type: 'object', properties: { deviceId: { type: 'string' } }, required: ['deviceId'] },
    query: { type: 'object' },
    body: { type: 'object', properties: { display_name: { type: 'string' } } },
    response: { type: 'object' },
  },
  deleteDevice: {
    params: { type: 'object', properties: { deviceId: { type: 'string' } }, required: ['deviceId'] },
    query: { type: 'object' },
    body: { type: 'object', properties: { auth: { $ref: 'definitions#/$defs/AuthData' } } },
    response: { type: 'object' },
  },
  deleteDevices: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        devices: { type: 'array', items: { type: 'string' } },
        auth: { $ref: 'definitions#/$defs/AuthData' },
      },
      required: ['devices'],
    },
    response: { type: 'object' },
  },
  getRoomIdByAlias: {
    params: {
      type: 'object',
      properties: { roomAlias: { type: 'string', pattern: '^#' } },
      required: ['roomAlias'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        room_id: { type: 'string', pattern: '^!' },
        servers: { type: 'array', items: { type: 'string' } },
      },
    },
  },
  setRoomAlias: {
    params: {
      type: 'object',
      properties: { roomAlias: { type: 'string', pattern: '^#' } },
      required: ['roomAlias'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: { room_id: { type: 'string', pattern: '^!' } },
      required: ['room_id'],
    },
    response: { type: 'object' },
  },
  deleteRoomAlias: {
    params: {
      type: 'object',
      properties: { roomAlias: { type: 'string', pattern: '^#' } },
      required: ['roomAlias'],
    },
    query: { type: 'object' },
    response: { type: 'object' },
  },
  getLocalAliases: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: { aliases: { type: 'array', items: { type: 'string', pattern: '^#' } } },
      required: ['aliases'],
    },
  },
  getEventContext: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: {
      type: 'object',
      properties: {
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        filter: { type: 'string' },
      },
    },
    response: {
      type: 'object',
      properties: {
        start: { type: 'string' },
        end: { type: 'string' },
        events_before: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
        event: { $ref: 'definitions#/$defs/ClientEvent' },
        events_after: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
        state: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
      },
    },
  },
  defineFilter: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string', pattern: '^@' } },
      required: ['userId'],
    },
    query: { type: 'object' },
    body: { $ref: 'definitions#/$defs/SyncFilter' },
    response: { type: 'object', properties: { filter_id: { type: 'string' } }, required: ['filter_id'] },
  },
  getFilter: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string', pattern: '^@' }, filterId: { type: 'string' } },
      required: ['userId', 'filterId'],
    },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/SyncFilter' },
  },
  inviteUser: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        user_id: { type: 'string', pattern: '^@' },
        reason: { type: 'string' },
        id_server: { type: 'string' },
        id_access_token: { type: 'string' },
        medium: { type: 'string' },
        address: { type: 'string' },
      },
      anyOf: [
        { properties: { user_id: {} }, required: ['user_id'], type: 'object' },
        {
          properties: { id_server: {}, id_access_token: {}, medium: {}, address: {} },
          required: ['id_server', 'id_access_token', 'medium', 'address'],
          type: 'object',
        },
      ],
    },
    response: { type: 'object' },
  },
  joinRoomById: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        third_party_signed: { $ref: 'definitions#/$defs/ThirdPartySigned' },
        reason: { type: 'string' },
      },
    },
    response: {
      type: 'object',
      properties: { room_id: { type: 'string', pattern: '^!' } },
      required: ['room_id'],
    },
  },
  joinRoom: {
    params: {
      type: 'object',
      properties: {
        roomIdOrAlias: { oneOf: [{ type: 'string', pattern: '^!' }, { type: 'string', pattern: '^#' }] },
      },
      required: ['roomIdOrAlias'],
    },
    query: {
      type: 'object',
      properties: {
        via: { type: 'array', items: { type: 'string' } },
        server_name: { type: 'array', items: { type: 'string' } },
      },
    },
    body: {
      type: 'object',
      properties: {
        third_party_signed: { $ref: 'definitions#/$defs/ThirdPartySigned' },
        reason: { type: 'string' },
      },
    },
    response: {
      type: 'object',
      properties: { room_id: { type: 'string', pattern: '^!' } },
      required: ['room_id'],
    },
  },
  getRoomKeysVersionCurrent: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        algorithm: { type: 'string' },
        auth_data: { type: 'object' },
        count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        etag: { type: 'string' },
        version: { type: 'string' },
      },
      required: ['algorithm', 'auth_data', 'count', 'etag', 'version'],
    },
  },
  postRoomKeysVersion: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: { algorithm: { type: 'string' }, auth_data: { type: 'object' } },
      required: ['algorithm', 'auth_data'],
    },
    response: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
  },
  getRoomKeysVersion: {
    params: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        algorithm: { type: 'string' },
        auth_data: { type: 'object' },
        count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        etag: { type: 'string' },
        version: { type: 'string' },
      },
      required: ['algorithm', 'auth_data', 'count', 'etag', 'version'],
    },
  },
  putRoomKeysVersion: {
    params: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: { algorithm: { type: 'string' }, auth_data: { type: 'object' }, version: { type: 'string' } },
      required: ['algorithm', 'auth_data'],
    },
    response: { type: 'object' },
  },
  deleteRoomKeysVersion: {
    params: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    query: { type: 'object' },
    response: { type: 'object' },
  },
  getRoomKeyBySessionId: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, sessionId: { type: 'string' } },
      required: ['roomId', 'sessionId'],
    },
    query: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    response: { $ref: 'definitions#/$defs/KeyBackupData' },
  },
  putRoomKeyBySessionId: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, sessionId: { type: 'string' } },
      required: ['roomId', 'sessionId'],
    },
    query: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    body: { $ref: 'definitions#/$defs/KeyBackupData' },
    response: { $ref: 'definitions#/$defs/RoomKeysUpdateResponse' },
  },
  deleteRoomKeyBySessionId: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, sessionId: { type: 'string' } },
      required: ['roomId', 'sessionId'],
    },
    query: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    response: { $ref: 'definitions#/$defs/RoomKeysUpdateResponse' },
  },
  getRoomKeysByRoomId: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    response: { $ref: 'definitions#/$defs/RoomKeyBackup' },
  },
  putRoomKeysByRoomId: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    body: { $ref: 'definitions#/$defs/RoomKeyBackup' },
    response: { $ref: 'definitions#/$defs/RoomKeysUpdateResponse' },
  },
  deleteRoomKeysByRoomId: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    response: { $ref: 'definitions#/$defs/RoomKeysUpdateResponse' },
  },
  getRoomKeys: {
    params: { type: 'object' },
    query: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    response: {
      type: 'object',
      properties: {
        rooms: {
          type: 'object',
          propertyNames: { pattern: '^!' },
          additionalProperties: { $ref: 'definitions#/$defs/RoomKeyBackup' },
        },
      },
      required: ['rooms'],
    },
  },
  putRoomKeys: {
    params: { type: 'object' },
    query: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    body: {
      type: 'object',
      properties: {
        rooms: {
          type: 'object',
          propertyNames: { pattern: '^!' },
          additionalProperties: { $ref: 'definitions#/$defs/RoomKeyBackup' },
        },
      },
      required: ['rooms'],
    },
    response: { $ref: 'definitions#/$defs/RoomKeysUpdateResponse' },
  },
  deleteRoomKeys: {
    params: { type: 'object' },
    query: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'] },
    response: { $ref: 'definitions#/$defs/RoomKeysUpdateResponse' },
  },
  uploadKeys: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        device_keys: { $ref: 'definitions#/$defs/DeviceKeys' },
        one_time_keys: { $ref: 'definitions#/$defs/OneTimeKeys' },
        fallback_keys: { $ref: 'definitions#/$defs/OneTimeKeys' },
      },
    },
    response: {
      type: 'object',
      properties: {
        one_time_key_counts: {
          type: 'object',
          additionalProperties: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        },
      },
      required: ['one_time_key_counts'],
    },
  },
  queryKeys: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        timeout: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        device_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { type: 'array', items: { type: 'string' } },
        },
      },
      required: ['device_keys'],
    },
    response: {
      type: 'object',
      properties: {
        failures: { type: 'object', additionalProperties: { type: 'object' } },
        device_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: {
            type: 'object',
            additionalProperties: {
              allOf: [{ $ref: 'definitions#/$defs/DeviceKeys' }],
              properties: {
                unsigned: { type: 'object', properties: { device_display_name: { type: 'string' } } },
              },
              type: 'object',
            },
          },
        },
        master_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { $ref: 'definitions#/$defs/CrossSigningKey' },
        },
        self_signing_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { $ref: 'definitions#/$defs/CrossSigningKey' },
        },
        user_signing_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { $ref: 'definitions#/$defs/CrossSigningKey' },
        },
      },
    },
  },
  claimKeys: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        timeout: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        one_time_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      required: ['one_time_keys'],
    },
    response: {
      type: 'object',
      properties: {
        failures: { type: 'object', additionalProperties: { type: 'object' } },
        one_time_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { type: 'object', additionalProperties: { $ref: 'definitions#/$defs/OneTimeKeys' } },
        },
      },
      required: ['one_time_keys'],
    },
  },
  getKeysChanges: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: { from: { type: 'string' }, to: { type: 'string' } },
      required: ['from', 'to'],
    },
    response: {
      type: 'object',
      properties: {
        changed: { type: 'array', items: { type: 'string' } },
        left: { type: 'array', items: { type: 'string' } },
      },
    },
  },
  kick: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: { user_id: { type: 'string', pattern: '^@' }, reason: { type: 'string' } },
      required: ['user_id'],
    },
    response: { type: 'object' },
  },
  knockRoom: {
    params: {
      type: 'object',
      properties: {
        roomIdOrAlias: { oneOf: [{ type: 'string', pattern: '^!' }, { type: 'string', pattern: '^#' }] },
      },
      required: ['roomIdOrAlias'],
    },
    query: {
      type: 'object',
      properties: {
        via: { type: 'array', items: { type: 'string' } },
        server_name: { type: 'array', items: { type: 'string' } },
      },
    },
    body: { type: 'object', properties: { reason: { type: 'string' } } },
    response: {
      type: 'object',
      properties: { room_id: { type: 'string', pattern: '^!' } },
      required: ['room_id'],
    },
  },
  leaveRoom: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { reason: { type: 'string' } } },
    response: { type: 'object' },
  },
  forgetRoom: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    response: { type: 'object' },
  },
  getJoinedRooms: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      required: ['joined_rooms'],
      properties: { joined_rooms: { type: 'array', items: { type: 'string', pattern: '^!' } } },
    },
  },
  getRoomVisibilityOnDirectory: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    response: { type: 'object', properties: { visibility: { type: 'string', enum: ['private', 'public'] } } },
  },
  setRoomVisibilityOnDirectory: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { visibility: { type: 'string', enum: ['private', 'public'] } } },
    response: { type: 'object' },
  },
  getPublicRooms: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: {
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        since: { type: 'string' },
        server: { type: 'string' },
      },
    },
    response: { $ref: 'definitions#/$defs/PublicRoomsResponse' },
  },
  queryPublicRooms: {
    params: { type: 'object' },
    query: { type: 'object', properties: { server: { type: 'string' } } },
    body: {
      type: 'object',
      properties: {
        limit: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        since: { type: 'string' },
        filter: {
          type: 'object',
          properties: {
            generic_search_term: { type: 'string' },
            room_types: { type: 'array', items: { type: ['string', 'null'] } },
          },
        },
        include_all_networks: { type: 'boolean' },
        third_party_instance_id: { type: 'string' },
      },
    },
    response: { $ref: 'definitions#/$defs/PublicRoomsResponse' },
  },
  getLoginFlows: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        flows: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type'],
            properties: { type: { type: 'string' }, get_login_token: { type: 'boolean' } },
          },
        },
      },
    },
  },
  login: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        type: { type: 'string' },
        identifier: { $ref: 'definitions#/$defs/UserIdentifier' },
        user: { type: 'string' },
        medium: { type: 'string' },
        address: { type: 'string' },
        password: { type: 'string' },
        token: { type: 'string' },
        device_id: { type: 'string' },
        initial_device_display_name: { type: 'string' },
        refresh_token: { type: 'boolean' },
      },
      required: ['type'],
    },
    response: {
      type: 'object',
      properties: {
        user_id: { type: 'string', pattern: '^@' },
        access_token: { type: 'string' },
        refresh_token: { type: 'string' },
        expires_in_ms: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        home_server: { type: 'string' },
        device_id: { type: 'string' },
        well_known: { $ref: 'definitions#/$defs/WellknownFull' },
      },
      required: ['access_token', 'device_id', 'user_id'],
    },
  },
  generateLoginToken: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: { type: 'object', properties: { auth: { $ref: 'definitions#/$defs/AuthData' } } },
    response: {
      type: 'object',
      required: ['login_token', 'expires_in_ms'],
      properties: {
        login_token: { type: 'string' },
        expires_in_ms: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
    },
  },
  logout: { params: { type: 'object' }, query: { type: 'object' }, response: { type: 'object' } },
  logout_all: { params: { type: 'object' }, query: { type: 'object' }, response: { type: 'object' } },
  getRoomEvents: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: {
      type: 'object',
      properties: {
        from: { type: 'string' },
        to: { type: 'string' },
        dir: { type: 'string', enum: ['b', 'f'] },
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        filter: { type: 'string' },
      },
    },
    response: {
      type: 'object',
      properties: {
        start: { type: 'string' },
        end: { type: 'string' },
        chunk: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
        state: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
      },
      required: ['start', 'chunk'],
    },
  },
  getMutualRooms: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: { user_id: { type: 'string', pattern: '^@' }, from: { type: 'string' } },
      required: ['user_id'],
    },
    response: {
      type: 'object',
      required: ['joined', 'count'],
      properties: {
        joined: { type: 'array', items: { type: 'string', pattern: '^!' } },
        count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        next_batch: { type: 'string' },
      },
    },
  },
  getNotifications: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: {
        from: { type: 'string' },
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        only: { type: 'string' },
      },
    },
    response: {
      type: 'object',
      required: ['notifications'],
      properties: {
        next_token: { type: 'string' },
        notifications: {
          type: 'array',
          items: {
            type: 'object',
            required: ['actions', 'event', 'read', 'room_id', 'ts'],
            properties: {
              actions: { type: 'array', items: { type: ['object', 'string'] } },
              event: { $ref: 'definitions#/$defs/ClientEventWithoutRoomId' },
              profile_tag: { type: 'string' },
              read: { type: 'boolean' },
              room_id: { type: 'string' },
              ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
            },
          },
        },
      },
    },
  },
  getAuthMetadata: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        issuer: { type: 'string' },
        authorization_endpoint: { type: 'string' },
        token_endpoint: { type: 'string' },
        revocation_endpoint: { type: 'string' },
        registration_endpoint: { type: 'string' },
        response_types_supported: { type: 'array', items: { type: 'string' } },
        grant_types_supported: { type: 'array', items: { type: 'string' } },
        response_modes_supported: { type: 'array', items: { type: 'string' } },
        code_challenge_methods_supported: { type: 'array', items: { type: 'string' } },
        prompt_values_supported: { type: 'array', items: { type: 'string' } },
        account_management_uri: { type: 'string' },
        account_management_actions_supported: {
          type: 'array',
          items: {
            type: 'string',
            enum: [
              'org.matrix.profile',
              'org.matrix.devices_list',
              'org.matrix.device_view',
              'org.matrix.device_delete',
              'org.matrix.account_deactivate',
              'org.matrix.cross_signing_reset',
            ],
          },
        },
        device_authorization_endpoint: { type: 'string' },
      },
      required: [
        'issuer',
        'authorization_endpoint',
        'token_endpoint',
        'revocation_endpoint',
        'registration_endpoint',
        'response_types_supported',
        'grant_types_supported',
        'response_modes_supported',
        'code_challenge_methods_supported',
      ],
    },
  },
  getEvents: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: {
        from: { type: 'string' },
        timeout: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        room_id: { type: 'string' },
      },
    },
    response: {
      type: 'object',
      properties: {
        start: { type: 'string' },
        end: { type: 'string' },
        chunk: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
      },
    },
  },
  initialSync: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: {
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        archived: { type: 'boolean' },
      },
    },
    response: {
      type: 'object',
      properties: {
        end: { type: 'string' },
        presence: { type: 'array', items: { $ref: 'definitions#/$defs/CoreEvent' } },
        rooms: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              room_id: { type: 'string', pattern: '^!' },
              membership: { type: 'string', enum: ['invite', 'join', 'leave', 'ban'] },
              invite: { $ref: 'definitions#/$defs/ClientEvent' },
              messages: {
                type: 'object',
                properties: {
                  start: { type: 'string' },
                  end: { type: 'string' },
                  chunk: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
                },
                required: ['end', 'chunk'],
              },
              state: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
              visibility: { type: 'string', enum: ['private', 'public'] },
              account_data: { type: 'array', items: { $ref: 'definitions#/$defs/CoreEvent' } },
            },
            required: ['room_id', 'membership'],
          },
        },
        account_data: { type: 'array', items: { $ref: 'definitions#/$defs/CoreEvent' } },
      },
      required: ['end', 'rooms', 'presence'],
    },
  },
  getOneEvent: {
    params: {
      type: 'object',
      properties: { eventId: { type: 'string', pattern: '^\\$' } },
      required: ['eventId'],
    },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/ClientEvent' },
  },
  requestOpenIdToken: {
    params: { type: 'object', properties: { userId: { type: 'string' } }, required: ['userId'] },
    query: { type: 'object' },
    body: { type: 'object' },
    response: { $ref: 'definitions#/$defs/OpenidToken' },
  },
  changePassword: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        new_password: { type: 'string' },
        logout_devices: { type: 'boolean' },
        auth: { $ref: 'definitions#/$defs/AuthData' },
      },
      required: ['new_password'],
    },
    response: { type: 'object' },
  },
  requestTokenToResetPasswordEmail: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: { $ref: 'definitions#/$defs/RequestEmailValidation' },
    response: { $ref: 'definitions#/$defs/RequestTokenResponse' },
  },
  requestTokenToResetPasswordMSISDN: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: { $ref: 'definitions#/$defs/RequestMsisdnValidation' },
    response: { $ref: 'definitions#/$defs/RequestTokenResponse' },
  },
  getWellknownPolicy: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        public_keys: {
          type: 'object',
          properties: { ed25519: { type: 'string' } },
          required: ['ed25519'],
          additionalProperties: { type: 'string' },
        },
      },
      required: ['public_keys'],
    },
  },
  getPresence: {
    params: { type: 'object', properties: { userId: { type: 'string' } }, required: ['userId'] },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        presence: { type: 'string', enum: ['online', 'offline', 'unavailable'] },
        last_active_ago: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        status_msg: { type: ['string', 'null'] },
        currently_active: { type: 'boolean' },
      },
      required: ['presence'],
    },
  },
  setPresence: {
    params: { type: 'object', properties: { userId: { type: 'string' } }, required: ['userId'] },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        presence: { type: 'string', enum: ['online', 'offline', 'unavailable'] },
        status_msg: { type: 'string' },
      },
      required: ['presence'],
    },
    response: { type: 'object' },
  },
  getProfileField: {
    params: {
      type: 'object',
      properties: {
        userId: { type: 'string', pattern: '^@' },
        keyName: { type: 'string', pattern: '^[a-z][a-z0-9._-]*$' },
      },
      required: ['userId', 'keyName'],
    },
    query: { type: 'object' },
    response: { type: 'object' },
  },
  setProfileField: {
    params: {
      type: 'object',
      properties: {
        userId: { type: 'string', pattern: '^@' },
        keyName: { type: 'string', pattern: '^[a-z][a-z0-9._-]*$' },
      },
      required: ['userId', 'keyName'],
    },
    query: { type: 'object' },
    body: { type: 'object', minProperties: 1 },
    response: { type: 'object' },
  },
  deleteProfileField: {
    params: {
      type: 'object',
      properties: {
        userId: { type: 'string', pattern: '^@' },
        keyName: { type: 'string', pattern: '^[a-z][a-z0-9._-]*$' },
      },
      required: ['userId', 'keyName'],
    },
    query: { type: 'object' },
    response: { type: 'object' },
  },
  getUserProfile: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string', pattern: '^@' } },
      required: ['userId'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        avatar_url: { type: 'string' },
        displayname: { type: 'string' },
        'm.tz': { type: 'string' },
      },
    },
  },
  getPushers: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        pushers: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              pushkey: { type: 'string' },
              kind: { type: 'string' },
              app_id: { type: 'string' },
              app_display_name: { type: 'string' },
              device_display_name: { type: 'string' },
              profile_tag: { type: 'string' },
              lang: { type: 'string' },
              data: {
                type: 'object',
                properties: { url: { type: 'string' }, format: { type: 'string' } },
              },
            },
            required: [
              'pushkey',
              'app_id',
              'kind',
              'app_display_name',
              'device_display_name',
              'lang',
              'data',
            ],
          },
        },
      },
    },
  },
  postPusher: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        pushkey: { type: 'string' },
        kind: { type: ['string', 'null'] },
        app_id: { type: 'string' },
        app_display_name: { type: 'string' },
        device_display_name: { type: 'string' },
        profile_tag: { type: 'string' },
        lang: { type: 'string' },
        data: {
          type: 'object',
          properties: { url: { type: 'string' }, format: { type: 'string', enum: ['event_id_only'] } },
        },
        append: { type: 'boolean' },
      },
      required: ['kind', 'app_id', 'pushkey'],
    },
    response: { type: 'object' },
  },
  getPushRules: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      required: ['global'],
      properties: { global: { $ref: 'definitions#/$defs/PushRuleset' } },
    },
  },
  getPushRulesGlobal: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/PushRuleset' },
  },
  getPushRule: {
    params: {
      type: 'object',
      properties: { kind: { type: 'string' }, ruleId: { type: 'string' } },
      required: ['kind', 'ruleId'],
    },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/PushRule' },
  },
  setPushRule: {
    params: {
      type: 'object',
      properties: {
        kind: { type: 'string', enum: ['override', 'underride', 'sender', 'room', 'content'] },
        ruleId: { type: 'string' },
      },
      required: ['kind', 'ruleId'],
    },
    query: { type: 'object', properties: { before: { type: 'string' }, after: { type: 'string' } } },
    body: {
      type: 'object',
      properties: {
        actions: { type: 'array', items: { type: ['string', 'object'] } },
        conditions: { type: 'array', items: { $ref: 'definitions#/$defs/PushCondition' } },
        pattern: { type: 'string' },
      },
      required: ['actions'],
    },
    response: { type: 'object' },
  },
  deletePushRule: {
    params: {
      type: 'object',
      properties: {
        kind: { type: 'string', enum: ['override', 'underride', 'sender', 'room', 'content'] },
        ruleId: { type: 'string' },
      },
      required: ['kind', 'ruleId'],
    },
    query: { type: 'object' },
    response: { type: 'object' },
  },
  isPushRuleEnabled: {
    params: {
      type: 'object',
      properties: {
        kind: { type: 'string', enum: ['override', 'underride', 'sender', 'room', 'content'] },
        ruleId: { type: 'string' },
      },
      required: ['kind', 'ruleId'],
    },
    query: { type: 'object' },
    response: { type: 'object', properties: { enabled: { type: 'boolean' } }, required: ['enabled'] },
  },
  setPushRuleEnabled: {
    params: {
      type: 'object',
      properties: {
        kind: { type: 'string', enum: ['override', 'underride', 'sender', 'room', 'content'] },
        ruleId: { type: 'string' },
      },
      required: ['kind', 'ruleId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { enabled: { type: 'boolean' } }, required: ['enabled'] },
    response: { type: 'object' },
  },
  getPushRuleActions: {
    params: {
      type: 'object',
      properties: {
        kind: { type: 'string', enum: ['override', 'underride', 'sender', 'room', 'content'] },
        ruleId: { type: 'string' },
      },
      required: ['kind', 'ruleId'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: { actions: { type: 'array', items: { type: ['string', 'object'] } } },
      required: ['actions'],
    },
  },
  setPushRuleActions: {
    params: {
      type: 'object',
      properties: {
        kind: { type: 'string', enum: ['override', 'underride', 'sender', 'room', 'content'] },
        ruleId: { type: 'string' },
      },
      required: ['kind', 'ruleId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: { actions: { type: 'array', items: { type: ['string', 'object'] } } },
      required: ['actions'],
    },
    response: { type: 'object' },
  },
  setReadMarker: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        'm.fully_read': { type: 'string' },
        'm.read': { type: 'string' },
        'm.read.private': { type: 'string' },
      },
    },
    response: { type: 'object' },
  },
  postReceipt: {
    params: {
      type: 'object',
      properties: {
        roomId: { type: 'string', pattern: '^!' },
        receiptType: { type: 'string', enum: ['m.read', 'm.read.private', 'm.fully_read'] },
        eventId: { type: 'string', pattern: '^\\$' },
      },
      required: ['roomId', 'receiptType', 'eventId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { thread_id: { type: 'string' } } },
    response: { type: 'object', maxProperties: 0 },
  },
  redactEvent: {
    params: {
      type: 'object',
      properties: {
        roomId: { type: 'string', pattern: '^!' },
        eventId: { type: 'string', pattern: '^\\$' },
        txnId: { type: 'string' },
      },
      required: ['roomId', 'eventId', 'txnId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { reason: { type: 'string' } } },
    response: { type: 'object', properties: { event_id: { type: 'string', pattern: '^\\$' } } },
  },
  refresh: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: { refresh_token: { type: 'string' } },
      required: ['refresh_token'],
    },
    response: {
      type: 'object',
      properties: {
        access_token: { type: 'string' },
        refresh_token: { type: 'string' },
        expires_in_ms: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['access_token'],
    },
  },
  register: {
    params: { type: 'object' },
    query: { type: 'object', properties: { kind: { type: 'string', enum: ['guest', 'user'] } } },
    body: {
      type: 'object',
      properties: {
        auth: { $ref: 'definitions#/$defs/AuthData' },
        type: { type: 'string' },
        username: { type: 'string' },
        password: { type: 'string' },
        device_id: { type: 'string' },
        initial_device_display_name: { type: 'string' },
        inhibit_login: { type: 'boolean' },
        refresh_token: { type: 'boolean' },
      },
    },
    response: {
      type: 'object',
      properties: {
        user_id: { type: 'string', pattern: '^@' },
        access_token: { type: 'string' },
        refresh_token: { type: 'string' },
        expires_in_ms: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        home_server: { type: 'string' },
        device_id: { type: 'string' },
      },
      required: ['user_id'],
    },
  },
  requestTokenToRegisterEmail: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: { $ref: 'definitions#/$defs/RequestEmailValidation' },
    response: { $ref: 'definitions#/$defs/RequestTokenResponse' },
  },
  requestTokenToRegisterMSISDN: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: { $ref: 'definitions#/$defs/RequestMsisdnValidation' },
    response: { $ref: 'definitions#/$defs/RequestTokenResponse' },
  },
  checkUsernameAvailability: {
    params: { type: 'object' },
    query: { type: 'object', properties: { username: { type: 'string' } }, required: ['username'] },
    response: { type: 'object', properties: { available: { type: 'boolean' } } },
  },
  registrationTokenValidity: {
    params: { type: 'object' },
    query: { type: 'object', properties: { token: { type: 'string' } }, required: ['token'] },
    response: { type: 'object', properties: { valid: { type: 'boolean' } }, required: ['valid'] },
  },
  getRelatingEvents: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' }, eventId: { type: 'string', pattern: '^\\$' } },
      required: ['roomId', 'eventId'],
    },
    query: {
      type: 'object',
      properties: {
        from: { type: 'string' },
        to: { type: 'string' },
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        dir: { type: 'string', enum: ['b', 'f'] },
        recurse: { type: 'boolean' },
      },
    },
    response: {
      allOf: [
        { $ref: 'definitions#/$defs/RelationsResponse' },
        {
          type: 'object',
          properties: { chunk: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } } },
          required: ['chunk'],
        },
      ],
    },
  },
  getRelatingEventsWithRelType: {
    params: {
      type: 'object',
      properties: {
        roomId: { type: 'string', pattern: '^!' },
        eventId: { type: 'string', pattern: '^\\$' },
        relType: { type: 'string' },
      },
      required: ['roomId', 'eventId', 'relType'],
    },
    query: {
      type: 'object',
      properties: {
        from: { type: 'string' },
        to: { type: 'string' },
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        dir: { type: 'string', enum: ['b', 'f'] },
        recurse: { type: 'boolean' },
      },
    },
    response: {
      allOf: [
        { $ref: 'definitions#/$defs/RelationsResponse' },
        {
          type: 'object',
          properties: { chunk: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } } },
          required: ['chunk'],
        },
      ],
    },
  },
  getRelatingEventsWithRelTypeAndEventType: {
    params: {
      type: 'object',
      properties: {
        roomId: { type: 'string', pattern: '^!' },
        eventId: { type: 'string', pattern: '^\\$' },
        relType: { type: 'string' },
        eventType: { type: 'string' },
      },
      required: ['roomId', 'eventId', 'relType', 'eventType'],
    },
    query: {
      type: 'object',
      properties: {
        from: { type: 'string' },
        to: { type: 'string' },
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        dir: { type: 'string', enum: ['b', 'f'] },
        recurse: { type: 'boolean' },
      },
    },
    response: {
      allOf: [
        { $ref: 'definitions#/$defs/RelationsResponse' },
        {
          type: 'object',
          properties: { chunk: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } } },
          required: ['chunk'],
        },
      ],
    },
  },
  reportRoom: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object' },
    body: { type: 'object', properties: { reason: { type: 'string' } }, required: ['reason'] },
    response: { type: 'object' },
  },
  reportEvent: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { reason: { type: 'string' } } },
    response: { type: 'object' },
  },
  reportUser: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string', pattern: '^@' } },
      required: ['userId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { reason: { type: 'string' } }, required: ['reason'] },
    response: { type: 'object' },
  },
  getEventByTimestamp: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: {
      type: 'object',
      properties: {
        ts: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        dir: { type: 'string', enum: ['f', 'b'] },
      },
      required: ['ts', 'dir'],
    },
    response: {
      type: 'object',
      properties: {
        event_id: { type: 'string', pattern: '^\\$' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['event_id', 'origin_server_ts'],
    },
  },
  roomInitialSync: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: {
      type: 'object',
      properties: { limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 } },
    },
    response: {
      type: 'object',
      properties: {
        room_id: { type: 'string', pattern: '^!' },
        membership: { type: 'string', enum: ['invite', 'join', 'leave', 'ban'] },
        messages: {
          type: 'object',
          properties: {
            start: { type: 'string' },
            end: { type: 'string' },
            chunk: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
          },
          required: ['end', 'chunk'],
        },
        state: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
        visibility: { type: 'string', enum: ['private', 'public'] },
        account_data: { type: 'array', items: { $ref: 'definitions#/$defs/CoreEvent' } },
      },
      required: ['room_id'],
    },
  },
  sendMessage: {
    params: {
      type: 'object',
      properties: {
        roomId: { type: 'string', pattern: '^!' },
        eventType: { type: 'string' },
        txnId: { type: 'string' },
      },
      required: ['roomId', 'eventType', 'txnId'],
    },
    query: {
      type: 'object',
      properties: { ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 } },
    },
    body: { type: 'object' },
    response: {
      type: 'object',
      properties: { event_id: { type: 'string', pattern: '^\\$' } },
      required: ['event_id'],
    },
  },
  setRoomStateWithKey: {
    params: {
      type: 'object',
      properties: {
        roomId: { type: 'string', pattern: '^!' },
        eventType: { type: 'string' },
        stateKey: { type: 'string' },
      },
      required: ['roomId', 'eventType', 'stateKey'],
    },
    query: {
      type: 'object',
      properties: { ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 } },
    },
    body: { type: 'object' },
    response: {
      type: 'object',
      properties: { event_id: { type: 'string', pattern: '^\\$' } },
      required: ['event_id'],
    },
  },
  getRoomStateWithKey: {
    params: {
      type: 'object',
      properties: {
        roomId: { type: 'string', pattern: '^!' },
        eventType: { type: 'string' },
        stateKey: { type: 'string' },
      },
      required: ['roomId', 'eventType', 'stateKey'],
    },
    query: { type: 'object', properties: { format: { type: 'string', enum: ['content', 'event'] } } },
    response: { type: 'object' },
  },
  getRoomSummary: {
    params: {
      type: 'object',
      properties: {
        roomIdOrAlias: { oneOf: [{ type: 'string', pattern: '^!' }, { type: 'string', pattern: '^#' }] },
      },
      required: ['roomIdOrAlias'],
    },
    query: { type: 'object', properties: { via: { type: 'array', items: { type: 'string' } } } },
    response: {
      allOf: [
        { $ref: 'definitions#/$defs/RoomSummary' },
        {
          type: 'object',
          properties: { membership: { enum: ['invite', 'join', 'knock', 'leave', 'ban'], type: 'string' } },
        },
      ],
    },
  },
  upgradeRoom: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        new_version: { type: 'string' },
        additional_creators: { type: 'array', items: { type: 'string' } },
      },
      required: ['new_version'],
    },
    response: {
      type: 'object',
      properties: { replacement_room: { type: 'string' } },
      required: ['replacement_room'],
    },
  },
  getOneRoomEvent: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' }, eventId: { type: 'string', pattern: '^\\$' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/ClientEvent' },
  },
  getRoomState: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    response: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
  },
  getMembersByRoom: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: {
      type: 'object',
      properties: {
        at: { type: 'string' },
        membership: { type: 'string', enum: ['join', 'invite', 'knock', 'leave', 'ban'] },
        not_membership: { type: 'string', enum: ['join', 'invite', 'knock', 'leave', 'ban'] },
      },
    },
    response: {
      type: 'object',
      properties: { chunk: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } } },
    },
  },
  getJoinedMembersByRoom: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        joined: {
          propertyNames: { pattern: '^@' },
          additionalProperties: {
            type: 'object',
            properties: {
              display_name: { type: 'string' },
              avatar_url: { type: 'string', pattern: '^mxc:\\/\\/' },
            },
          },
          type: 'object',
        },
      },
    },
  },
  search: {
    params: { type: 'object' },
    query: { type: 'object', properties: { next_batch: { type: 'string' } } },
    body: {
      type: 'object',
      properties: {
        search_categories: {
          type: 'object',
          properties: {
            room_events: {
              type: 'object',
              properties: {
                search_term: { type: 'string' },
                keys: {
                  type: 'array',
                  items: { type: 'string', enum: ['content.body', 'content.name', 'content.topic'] },
                },
                filter: { $ref: 'definitions#/$defs/RoomEventFilter' },
                order_by: { type: 'string', enum: ['recent', 'rank'] },
                event_context: {
                  type: 'object',
                  properties: {
                    before_limit: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                    after_limit: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                    include_profile: { type: 'boolean' },
                  },
                },
                include_state: { type: 'boolean' },
                groupings: {
                  type: 'object',
                  properties: {
                    group_by: {
                      type: 'array',
                      items: {
                        type: 'object',
                        properties: { key: { type: 'string', enum: ['room_id', 'sender'] } },
                      },
                    },
                  },
                },
              },
              required: ['search_term'],
            },
          },
        },
      },
      required: ['search_categories'],
    },
    response: {
      type: 'object',
      required: ['search_categories'],
      properties: {
        search_categories: {
          type: 'object',
          properties: {
            room_events: {
              type: 'object',
              properties: {
                count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                highlights: { type: 'array', items: { type: 'string' } },
                results: {
                  type: 'array',
                  items: {
                    type: 'object',
                    properties: {
                      rank: { type: 'number' },
                      result: { $ref: 'definitions#/$defs/ClientEvent' },
                      context: {
                        type: 'object',
                        properties: {
                          start: { type: 'string' },
                          end: { type: 'string' },
                          profile_info: {
                            type: 'object',
                            propertyNames: { pattern: '^@' },
                            additionalProperties: {
                              type: 'object',
                              properties: {
                                displayname: { type: 'string' },
                                avatar_url: { type: 'string', pattern: '^mxc:\\/\\/' },
                              },
                            },
                          },
                          events_before: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
                          events_after: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
                        },
                      },
                    },
                  },
                },
                state: {
                  type: 'object',
                  propertyNames: { pattern: '^!' },
                  additionalProperties: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
                },
                groups: {
                  type: 'object',
                  additionalProperties: {
                    type: 'object',
                    additionalProperties: {
                      type: 'object',
                      properties: {
                        next_batch: { type: 'string' },
                        order: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                        results: { type: 'array', items: { type: 'string' } },
                      },
                    },
                  },
                },
                next_batch: { type: 'string' },
              },
            },
          },
        },
      },
    },
  },
  getSpaceHierarchy: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: {
      type: 'object',
      properties: {
        suggested_only: { type: 'boolean' },
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        max_depth: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        from: { type: 'string' },
      },
    },
    response: {
      type: 'object',
      properties: {
        rooms: {
          type: 'array',
          items: {
            allOf: [
              { $ref: 'definitions#/$defs/RoomSummary' },
              {
                type: 'object',
                properties: {
                  children_state: {
                    type: 'array',
                    items: {
                      allOf: [
                        { $ref: 'definitions#/$defs/CoreStrippedState' },
                        {
                          type: 'object',
                          properties: {
                            origin_server_ts: {
                              type: 'integer',
                              minimum: -9007199254740991,
                              maximum: 9007199254740991,
                            },
                          },
                          required: ['origin_server_ts'],
                        },
                      ],
                    },
                  },
                  room_type: {},
                  allowed_room_ids: {},
                  encryption: {},
                  room_version: {},
                },
                required: ['children_state'],
              },
            ],
          },
        },
        next_batch: { type: 'string' },
      },
      required: ['rooms'],
    },
  },
  redirectToSSO: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: { redirectUrl: { type: 'string' }, action: { type: 'string', enum: ['login', 'register'] } },
      required: ['redirectUrl'],
    },
  },
  redirectToIdP: {
    params: { type: 'object', properties: { idpId: { type: 'string' } }, required: ['idpId'] },
    query: {
      type: 'object',
      properties: { redirectUrl: { type: 'string' }, action: { type: 'string', enum: ['login', 'register'] } },
      required: ['redirectUrl'],
    },
  },
  getWellknownSupport: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        contacts: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              matrix_id: { type: 'string', pattern: '^@' },
              email_address: { type: 'string' },
              role: { type: 'string', enum: ['m.role.admin', 'm.role.security'] },
            },
            required: ['role'],
          },
        },
        support_page: { type: 'string' },
      },
    },
  },
  sync: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: {
        filter: { type: 'string' },
        since: { type: 'string' },
        full_state: { type: 'boolean' },
        set_presence: { type: 'string', enum: ['offline', 'online', 'unavailable'] },
        timeout: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        use_state_after: { type: 'boolean' },
        'org.matrix.msc4222.use_state_after': { type: 'boolean' },
      },
    },
    response: {
      type: 'object',
      properties: {
        next_batch: { type: 'string' },
        rooms: {
          type: 'object',
          properties: {
            join: {
              type: 'object',
              propertyNames: { pattern: '^!' },
              additionalProperties: {
                type: 'object',
                properties: {
                  summary: {
                    type: 'object',
                    properties: {
                      'm.heroes': { type: 'array', items: { type: 'string', pattern: '^@' } },
                      'm.joined_member_count': { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                      'm.invited_member_count': { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                    },
                  },
                  state: { $ref: 'definitions#/$defs/StateEventBatch' },
                  state_after: { $ref: 'definitions#/$defs/StateEventBatch' },
                  timeline: { $ref: 'definitions#/$defs/TimelineBatch' },
                  ephemeral: { $ref: 'definitions#/$defs/EventBatch' },
                  account_data: { $ref: 'definitions#/$defs/EventBatch' },
                  unread_notifications: {
                    type: 'object',
                    properties: {
                      highlight_count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                      notification_count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                    },
                  },
                  unread_thread_notifications: {
                    type: 'object',
                    propertyNames: { pattern: '^\\$' },
                    additionalProperties: {
                      type: 'object',
                      properties: {
                        highlight_count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                        notification_count: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
                      },
                    },
                  },
                  'org.matrix.msc4222.state_after': { $ref: 'definitions#/$defs/StateEventBatch' },
                },
              },
            },
            invite: {
              type: 'object',
              propertyNames: { pattern: '^!' },
              additionalProperties: {
                type: 'object',
                properties: {
                  invite_state: {
                    type: 'object',
                    properties: {
                      events: { items: { $ref: 'definitions#/$defs/CoreStrippedState' }, type: 'array' },
                    },
                  },
                },
              },
            },
            knock: {
              type: 'object',
              propertyNames: { pattern: '^!' },
              additionalProperties: {
                type: 'object',
                properties: {
                  knock_state: {
                    type: 'object',
                    properties: {
                      events: { items: { $ref: 'definitions#/$defs/CoreStrippedState' }, type: 'array' },
                    },
                  },
                },
              },
            },
            leave: {
              type: 'object',
              propertyNames: { pattern: '^!' },
              additionalProperties: {
                type: 'object',
                properties: {
                  state: { $ref: 'definitions#/$defs/StateEventBatch' },
                  state_after: { $ref: 'definitions#/$defs/StateEventBatch' },
                  timeline: { $ref: 'definitions#/$defs/TimelineBatch' },
                  account_data: { $ref: 'definitions#/$defs/EventBatch' },
                  'org.matrix.msc4222.state_after': { $ref: 'definitions#/$defs/StateEventBatch' },
                },
              },
            },
          },
        },
        presence: { $ref: 'definitions#/$defs/EventBatch' },
        account_data: { $ref: 'definitions#/$defs/EventBatch' },
        to_device: {
          type: 'object',
          properties: {
            events: {
              type: 'array',
              items: {
                type: 'object',
                properties: {
                  content: { type: 'object' },
                  sender: { type: 'string', pattern: '^@' },
                  type: { type: 'string' },
                },
                required: ['content', 'sender', 'type'],
              },
            },
          },
        },
        device_lists: {
          type: 'object',
          properties: {
            changed: { type: 'array', items: { type: 'string', pattern: '^@' } },
            left: { type: 'array', items: { type: 'string', pattern: '^@' } },
          },
        },
        device_one_time_keys_count: {
          type: 'object',
          additionalProperties: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        },
        device_unused_fallback_key_types: { type: 'array', items: { type: 'string' } },
      },
      required: ['next_batch', 'device_unused_fallback_key_types'],
    },
  },
  getRoomTags: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string' }, roomId: { type: 'string' } },
      required: ['userId', 'roomId'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: { tags: { type: 'object', additionalProperties: { $ref: 'definitions#/$defs/Tag' } } },
    },
  },
  setRoomTag: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string' }, roomId: { type: 'string' }, tag: { type: 'string' } },
      required: ['userId', 'roomId', 'tag'],
    },
    query: { type: 'object' },
    body: { $ref: 'definitions#/$defs/Tag' },
    response: { type: 'object' },
  },
  deleteRoomTag: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string' }, roomId: { type: 'string' }, tag: { type: 'string' } },
      required: ['userId', 'roomId', 'tag'],
    },
    query: { type: 'object' },
    response: { type: 'object' },
  },
  getProtocols: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: { type: 'object', additionalProperties: { $ref: 'definitions#/$defs/Protocol' } },
  },
  getProtocolMetadata: {
    params: { type: 'object', properties: { protocol: { type: 'string' } }, required: ['protocol'] },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/Protocol' },
  },
  queryLocationByProtocol: {
    params: { type: 'object', properties: { protocol: { type: 'string' } }, required: ['protocol'] },
    query: {
      type: 'object',
      properties: { fields: { type: 'object', additionalProperties: { type: 'string' } } },
    },
    response: { $ref: 'definitions#/$defs/ThirdpartyLocationBatch' },
  },
  queryUserByProtocol: {
    params: { type: 'object', properties: { protocol: { type: 'string' } }, required: ['protocol'] },
    query: {
      type: 'object',
      properties: { fields: { type: 'object', additionalProperties: { type: 'string' } } },
    },
    response: { $ref: 'definitions#/$defs/ThirdpartyUserBatch' },
  },
  queryLocationByAlias: {
    params: { type: 'object' },
    query: { type: 'object', properties: { alias: { type: 'string' } }, required: ['alias'] },
    response: { $ref: 'definitions#/$defs/ThirdpartyLocationBatch' },
  },
  queryUserByID: {
    params: { type: 'object' },
    query: { type: 'object', properties: { userid: { type: 'string' } }, required: ['userid'] },
    response: { $ref: 'definitions#/$defs/ThirdpartyUserBatch' },
  },
  getThreadRoots: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: {
      type: 'object',
      properties: {
        include: { type: 'string', enum: ['all', 'participated'] },
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        from: { type: 'string' },
      },
    },
    response: {
      type: 'object',
      properties: {
        chunk: { type: 'array', items: { $ref: 'definitions#/$defs/ClientEvent' } },
        next_batch: { type: 'string' },
      },
      required: ['chunk'],
    },
  },
  sendToDevice: {
    params: {
      type: 'object',
      properties: { eventType: { type: 'string' }, txnId: { type: 'string' } },
      required: ['eventType', 'txnId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        messages: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { type: 'object', additionalProperties: { type: 'object' } },
        },
      },
      required: ['messages'],
    },
    response: { type: 'object' },
  },
  setTyping: {
    params: {
      type: 'object',
      properties: { userId: { type: 'string', pattern: '^@' }, roomId: { type: 'string', pattern: '^!' } },
      required: ['userId', 'roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        typing: { type: 'boolean' },
        timeout: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['typing'],
    },
    response: { type: 'object' },
  },
  searchUserDirectory: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        search_term: { type: 'string' },
        limit: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['search_term'],
    },
    response: {
      type: 'object',
      required: ['results', 'limited'],
      properties: {
        results: {
          type: 'array',
          items: {
            type: 'object',
            required: ['user_id'],
            properties: {
              user_id: { type: 'string', pattern: '^@' },
              display_name: { type: 'string' },
              avatar_url: { type: 'string', pattern: '^mxc:\\/\\/' },
            },
          },
        },
        limited: { type: 'boolean' },
      },
    },
  },
  getVersions: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        versions: { type: 'array', items: { type: 'string' } },
        unstable_features: { type: 'object', additionalProperties: { type: 'boolean' } },
      },
      required: ['versions'],
    },
  },
  getTurnServer: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        username: { type: 'string' },
        password: { type: 'string' },
        uris: { type: 'array', items: { type: 'string', pattern: '^turns?:' } },
        ttl: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['username', 'password', 'uris', 'ttl'],
    },
  },
  getWellknown: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/WellknownFull' },
  },
  getTokenOwner: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      required: ['user_id'],
      properties: {
        user_id: { type: 'string', pattern: '^@' },
        device_id: { type: 'string' },
        is_guest: { type: 'boolean' },
      },
    },
  },
}

export const federationSchemas: Readonly<Record<keyof typeof federationOperations, OperationSchemas>> = {
  backfillRoom: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: {
      type: 'object',
      properties: {
        v: { type: 'array', items: { type: 'string' } },
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      },
      required: ['v', 'limit'],
    },
    response: { $ref: 'definitions#/$defs/UnlimitedPduTransaction' },
  },
  getMissingPreviousEvents: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        limit: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        min_depth: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        earliest_events: { type: 'array', items: { type: 'string' } },
        latest_events: { type: 'array', items: { type: 'string' } },
      },
      required: ['earliest_events', 'latest_events'],
    },
    response: {
      type: 'object',
      properties: { events: { type: 'array', items: { type: 'object' } } },
      required: ['events'],
    },
  },
  getContent: {
    params: { type: 'object', properties: { mediaId: { type: 'string' } }, required: ['mediaId'] },
    query: {
      type: 'object',
      properties: { timeout_ms: { type: 'integer', minimum: 0, maximum: 9007199254740991 } },
    },
  },
  getContentThumbnail: {
    params: { type: 'object', properties: { mediaId: { type: 'string' } }, required: ['mediaId'] },
    query: {
      type: 'object',
      properties: {
        width: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        height: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        method: { type: 'string', enum: ['crop', 'scale'] },
        timeout_ms: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        animated: { type: 'boolean' },
      },
      required: ['width', 'height'],
    },
  },
  getEventAuth: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: { auth_chain: { type: 'array', items: { type: 'object' } } },
      required: ['auth_chain'],
    },
  },
  getRoomState: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object', properties: { event_id: { type: 'string' } }, required: ['event_id'] },
    response: {
      type: 'object',
      properties: {
        auth_chain: { type: 'array', items: { type: 'object' } },
        pdus: { type: 'array', items: { type: 'object' } },
      },
      required: ['auth_chain', 'pdus'],
    },
  },
  getRoomStateIds: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object', properties: { event_id: { type: 'string' } }, required: ['event_id'] },
    response: {
      type: 'object',
      properties: {
        auth_chain_ids: { type: 'array', items: { type: 'string' } },
        pdu_ids: { type: 'array', items: { type: 'string' } },
      },
      required: ['auth_chain_ids', 'pdu_ids'],
    },
  },
  getEvent: {
    params: { type: 'object', properties: { eventId: { type: 'string' } }, required: ['eventId'] },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/SinglePduTransaction' },
  },
  getEventByTimestamp: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: {
      type: 'object',
      properties: {
        ts: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        dir: { type: 'string', enum: ['f', 'b'] },
      },
      required: ['ts', 'dir'],
    },
    response: {
      type: 'object',
      properties: {
        event_id: { type: 'string' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['event_id', 'origin_server_ts'],
    },
  },
  sendInviteV1: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    body: {
      allOf: [
        { $ref: 'definitions#/$defs/InviteEvent' },
        {
          type: 'object',
          properties: {
            unsigned: {
              type: 'object',
              properties: { invite_room_state: { type: 'array', items: { type: 'object' } } },
            },
          },
        },
      ],
      type: 'object',
    },
    response: {
      type: 'array',
      minItems: 2,
      maxItems: 2,
      items: {
        anyOf: [
          { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
          {
            type: 'object',
            properties: { event: { $ref: 'definitions#/$defs/InviteEvent' } },
            required: ['event'],
          },
        ],
      },
    },
  },
  sendInviteV2: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        room_version: { type: 'string' },
        event: { $ref: 'definitions#/$defs/InviteEvent' },
        invite_room_state: { type: 'array', items: { type: 'object' } },
      },
      required: ['room_version', 'event'],
    },
    response: {
      type: 'object',
      properties: { event: { $ref: 'definitions#/$defs/InviteEvent' } },
      required: ['event'],
    },
  },
  makeJoin: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, userId: { type: 'string' } },
      required: ['roomId', 'userId'],
    },
    query: { type: 'object', properties: { ver: { type: 'array', items: { type: 'string' } } } },
    response: {
      type: 'object',
      properties: {
        room_version: { type: 'string' },
        event: {
          type: 'object',
          properties: {
            sender: { type: 'string' },
            origin: { type: 'string' },
            origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
            type: { type: 'string' },
            state_key: { type: 'string' },
            content: {
              type: 'object',
              properties: {
                membership: { type: 'string' },
                join_authorised_via_users_server: { type: 'string' },
              },
              required: ['membership'],
            },
          },
          required: ['state_key', 'origin', 'origin_server_ts', 'type', 'content', 'sender'],
        },
      },
    },
  },
  sendJoinV1: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        sender: { type: 'string' },
        origin: { type: 'string' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        type: { type: 'string' },
        state_key: { type: 'string' },
        content: {
          type: 'object',
          properties: { membership: { type: 'string' }, join_authorised_via_users_server: { type: 'string' } },
          required: ['membership'],
        },
      },
      required: ['state_key', 'sender', 'origin_server_ts', 'type', 'content'],
    },
    response: {
      type: 'array',
      minItems: 2,
      maxItems: 2,
      items: {
        anyOf: [
          { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
          {
            type: 'object',
            properties: {
              auth_chain: { type: 'array', items: { type: 'object' } },
              state: { type: 'array', items: { type: 'object' } },
            },
            required: ['auth_chain', 'state'],
          },
        ],
      },
    },
  },
  sendJoinV2: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object', properties: { omit_members: { type: 'boolean' } } },
    body: {
      type: 'object',
      properties: {
        sender: { type: 'string' },
        origin: { type: 'string' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        type: { type: 'string' },
        state_key: { type: 'string' },
        content: {
          type: 'object',
          properties: { membership: { type: 'string' }, join_authorised_via_users_server: { type: 'string' } },
          required: ['membership'],
        },
      },
      required: ['state_key', 'sender', 'origin_server_ts', 'type', 'content'],
    },
    response: {
      type: 'object',
      properties: {
        members_omitted: { type: 'boolean' },
        auth_chain: { type: 'array', items: { type: 'object' } },
        state: { type: 'array', items: { type: 'object' } },
        event: { type: 'object' },
        servers_in_room: { type: 'array', items: { type: 'string' } },
      },
      required: ['auth_chain', 'state'],
    },
  },
  perspectivesKeyQuery: {
    params: { type: 'object', properties: { serverName: { type: 'string' } }, required: ['serverName'] },
    query: {
      type: 'object',
      properties: { minimum_valid_until_ts: { type: 'integer', minimum: 0, maximum: 9007199254740991 } },
    },
    response: { $ref: 'definitions#/$defs/ServerKeysQueryResponse' },
  },
  bulkPerspectivesKeyQuery: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        server_keys: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            additionalProperties: {
              type: 'object',
              properties: {
                minimum_valid_until_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
              },
            },
          },
        },
      },
      required: ['server_keys'],
    },
    response: { $ref: 'definitions#/$defs/ServerKeysQueryResponse' },
  },
  getServerKey: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/ServerKeys' },
  },
  makeKnock: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, userId: { type: 'string' } },
      required: ['roomId', 'userId'],
    },
    query: {
      type: 'object',
      properties: { ver: { type: 'array', items: { type: 'string' } } },
      required: ['ver'],
    },
    response: {
      type: 'object',
      properties: {
        room_version: { type: 'string' },
        event: {
          type: 'object',
          properties: {
            sender: { type: 'string' },
            origin: { type: 'string' },
            origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
            type: { type: 'string' },
            state_key: { type: 'string' },
            content: {
              type: 'object',
              properties: { membership: { type: 'string' } },
              required: ['membership'],
            },
          },
          required: ['state_key', 'origin', 'origin_server_ts', 'type', 'content', 'sender'],
        },
      },
      required: ['room_version', 'event'],
    },
  },
  sendKnock: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        sender: { type: 'string' },
        origin: { type: 'string' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        type: { type: 'string' },
        state_key: { type: 'string' },
        content: {
          type: 'object',
          properties: { membership: { type: 'string' } },
          required: ['membership'],
        },
      },
      required: ['state_key', 'sender', 'origin_server_ts', 'type', 'content'],
    },
    response: {
      type: 'object',
      properties: { knock_room_state: { type: 'array', items: { type: 'object' } } },
      required: ['knock_room_state'],
    },
  },
  makeLeave: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, userId: { type: 'string' } },
      required: ['roomId', 'userId'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        room_version: { type: 'string' },
        event: {
          type: 'object',
          properties: {
            sender: { type: 'string' },
            origin: { type: 'string' },
            origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
            type: { type: 'string' },
            state_key: { type: 'string' },
            content: {
              type: 'object',
              properties: { membership: { type: 'string' } },
              required: ['membership'],
            },
          },
          required: ['state_key', 'sender', 'origin', 'origin_server_ts', 'type', 'content'],
        },
      },
    },
  },
  sendLeaveV1: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        sender: { type: 'string' },
        origin: { type: 'string' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        type: { type: 'string' },
        state_key: { type: 'string' },
        content: {
          type: 'object',
          properties: { membership: { type: 'string' } },
          required: ['membership'],
        },
        depth: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['state_key', 'sender', 'origin_server_ts', 'type', 'depth', 'content'],
    },
    response: {
      type: 'array',
      minItems: 2,
      maxItems: 2,
      items: {
        anyOf: [
          { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
          { type: 'object' },
        ],
      },
    },
  },
  sendLeaveV2: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string' }, eventId: { type: 'string' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        sender: { type: 'string' },
        origin: { type: 'string' },
        origin_server_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        type: { type: 'string' },
        state_key: { type: 'string' },
        content: {
          type: 'object',
          properties: { membership: { type: 'string' } },
          required: ['membership'],
        },
        depth: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['state_key', 'sender', 'origin_server_ts', 'type', 'depth', 'content'],
    },
    response: { type: 'object' },
  },
  exchangeOpenIdToken: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: { access_token: { type: 'string' } },
      required: ['access_token'],
    },
    response: { type: 'object', properties: { sub: { type: 'string' } }, required: ['sub'] },
  },
  getPublicRooms: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: {
        limit: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        since: { type: 'string' },
        include_all_networks: { type: 'boolean' },
        third_party_instance_id: { type: 'string' },
      },
    },
    response: { $ref: 'definitions#/$defs/PublicRoomsResponse' },
  },
  queryPublicRooms: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        limit: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        since: { type: 'string' },
        filter: {
          type: 'object',
          properties: {
            generic_search_term: { type: 'string' },
            room_types: { type: 'array', items: { type: ['string', 'null'] } },
          },
        },
        include_all_networks: { type: 'boolean' },
        third_party_instance_id: { type: 'string' },
      },
    },
    response: { $ref: 'definitions#/$defs/PublicRoomsResponse' },
  },
  queryInfo: {
    params: { type: 'object', properties: { queryType: { type: 'string' } }, required: ['queryType'] },
    query: { type: 'object' },
  },
  queryRoomDirectory: {
    params: { type: 'object' },
    query: { type: 'object', properties: { room_alias: { type: 'string' } }, required: ['room_alias'] },
    response: {
      type: 'object',
      properties: { room_id: { type: 'string' }, servers: { type: 'array', items: { type: 'string' } } },
      required: ['room_id', 'servers'],
    },
  },
  queryProfile: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: { user_id: { type: 'string' }, field: { type: 'string' } },
      required: ['user_id'],
    },
    response: {
      type: 'object',
      properties: {
        displayname: { type: 'string' },
        avatar_url: { type: 'string', pattern: '^mxc:\\/\\/' },
        'm.tz': { type: 'string' },
      },
    },
  },
  askPolicyServerToSign: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: { type: 'object' },
    response: { type: 'object' },
  },
  getSpaceHierarchy: {
    params: { type: 'object', properties: { roomId: { type: 'string' } }, required: ['roomId'] },
    query: { type: 'object', properties: { suggested_only: { type: 'boolean' } } },
    response: {
      type: 'object',
      properties: {
        room: {
          allOf: [
            { $ref: 'definitions#/$defs/RoomSummary' },
            {
              type: 'object',
              properties: {
                children_state: {
                  type: 'array',
                  items: {
                    allOf: [
                      { $ref: 'definitions#/$defs/CoreStrippedState' },
                      {
                        type: 'object',
                        properties: {
                          origin_server_ts: {
                            type: 'integer',
                            minimum: -9007199254740991,
                            maximum: 9007199254740991,
                          },
                        },
                        required: ['origin_server_ts'],
                      },
                    ],
                  },
                },
                room_type: {},
                encryption: {},
                room_version: {},
              },
              required: ['children_state'],
            },
          ],
        },
        children: {
          type: 'array',
          items: {
            allOf: [
              { $ref: 'definitions#/$defs/RoomSummary' },
              { type: 'object', properties: { room_type: {}, encryption: {}, room_version: {} } },
            ],
          },
        },
        inaccessible_children: { type: 'array', items: { type: 'string' } },
      },
      required: ['room', 'children', 'inaccessible_children'],
    },
  },
  exchangeThirdPartyInvite: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        type: { type: 'string' },
        room_id: { type: 'string' },
        sender: { type: 'string', pattern: '^@' },
        state_key: { type: 'string', pattern: '^@' },
        content: {
          type: 'object',
          properties: {
            membership: { type: 'string' },
            third_party_invite: {
              type: 'object',
              properties: {
                display_name: { type: 'string' },
                signed: { $ref: 'definitions#/$defs/SignedThirdPartyInvite' },
              },
              required: ['display_name', 'signed'],
            },
          },
          required: ['membership', 'third_party_invite'],
        },
      },
      required: ['type', 'room_id', 'sender', 'state_key', 'content'],
    },
    response: { type: 'object' },
  },
  onBindThirdPartyIdentifier: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        medium: { type: 'string' },
        address: { type: 'string' },
        mxid: { type: 'string', pattern: '^@' },
        invites: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              medium: { type: 'string' },
              address: { type: 'string' },
              mxid: { type: 'string', pattern: '^@' },
              room_id: { type: 'string', pattern: '^!' },
              sender: { type: 'string', pattern: '^@' },
              signed: { $ref: 'definitions#/$defs/SignedThirdPartyInvite' },
            },
            required: ['medium', 'address', 'mxid', 'room_id', 'sender', 'signed'],
          },
        },
      },
      required: ['medium', 'address', 'mxid', 'invites'],
    },
    response: { type: 'object' },
  },
  sendTransaction: {
    params: { type: 'object', properties: { txnId: { type: 'string' } }, required: ['txnId'] },
    query: { type: 'object' },
    body: {
      allOf: [
        { $ref: 'definitions#/$defs/TransactionResult' },
        {
          type: 'object',
          properties: { edus: { type: 'array', items: { $ref: 'definitions#/$defs/Edu' } } },
        },
      ],
      type: 'object',
    },
    response: {
      type: 'object',
      properties: {
        pdus: {
          type: 'object',
          propertyNames: { pattern: '^\\$' },
          additionalProperties: { type: 'object', properties: { error: { type: 'string' } } },
        },
      },
      required: ['pdus'],
    },
  },
  getUserDevices: {
    params: { type: 'object', properties: { userId: { type: 'string' } }, required: ['userId'] },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        user_id: { type: 'string' },
        stream_id: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        devices: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              device_id: { type: 'string' },
              keys: { $ref: 'definitions#/$defs/DeviceKeys' },
              device_display_name: { type: 'string' },
            },
            required: ['device_id', 'keys'],
          },
        },
        master_key: { $ref: 'definitions#/$defs/CrossSigningKey' },
        self_signing_key: { $ref: 'definitions#/$defs/CrossSigningKey' },
      },
      required: ['user_id', 'stream_id', 'devices'],
    },
  },
  claimUserEncryptionKeys: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        one_time_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      required: ['one_time_keys'],
    },
    response: {
      type: 'object',
      properties: {
        one_time_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: {
            type: 'object',
            additionalProperties: {
              type: 'object',
              additionalProperties: {
                oneOf: [
                  { type: 'string' },
                  {
                    type: 'object',
                    properties: {
                      key: { type: 'string' },
                      signatures: { type: 'object', additionalProperties: { type: 'object' } },
                    },
                    required: ['key', 'signatures'],
                  },
                ],
              },
            },
          },
        },
      },
      required: ['one_time_keys'],
    },
  },
  queryUserEncryptionKeys: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        device_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { type: 'array', items: { type: 'string' } },
        },
      },
      required: ['device_keys'],
    },
    response: {
      type: 'object',
      properties: {
        device_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: {
            type: 'object',
            additionalProperties: {
              allOf: [{ $ref: 'definitions#/$defs/DeviceKeys' }],
              properties: {
                unsigned: { type: 'object', properties: { device_display_name: { type: 'string' } } },
              },
              type: 'object',
            },
          },
        },
        master_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { $ref: 'definitions#/$defs/CrossSigningKey' },
        },
        self_signing_keys: {
          type: 'object',
          propertyNames: { pattern: '^@' },
          additionalProperties: { $ref: 'definitions#/$defs/CrossSigningKey' },
        },
      },
      required: ['device_keys'],
    },
  },
  getVersion: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        server: { type: 'object', properties: { name: { type: 'string' }, version: { type: 'string' } } },
      },
    },
  },
  getWellKnown: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: { type: 'object', properties: { 'm.server': { type: 'string' } } },
  },
}

export const hearthSchemas: Readonly<Record<keyof typeof hearthOperations, OperationSchemas>> = {
  syncStream: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: {
        filter: { type: 'string' },
        since: { type: 'string' },
        full_state: { type: 'boolean' },
        set_presence: { type: 'string', enum: ['offline', 'online', 'unavailable'] },
        use_state_after: { type: 'boolean' },
        'org.matrix.msc4222.use_state_after': { type: 'boolean' },
      },
    },
  },
  getEncryptionLog: {
    params: { type: 'object' },
    query: { type: 'object', properties: { limit: { type: 'integer', minimum: 1, maximum: 1000 } } },
    response: {
      type: 'object',
      properties: {
        changes: { type: 'array', items: { $ref: 'definitions#/$defs/EncryptionChange' } },
        dropped_messages: { type: 'array', items: { $ref: 'definitions#/$defs/DroppedMessages' } },
      },
      required: ['changes', 'dropped_messages'],
    },
  },
  listBackgroundJobs: {
    params: { type: 'object' },
    query: {
      type: 'object',
      properties: { unfinished: { type: 'boolean' }, limit: { type: 'integer', minimum: 1, maximum: 1000 } },
    },
    response: {
      type: 'object',
      properties: { jobs: { type: 'array', items: { $ref: 'definitions#/$defs/BackgroundJob' } } },
      required: ['jobs'],
    },
  },
  getDehydratedDevice: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/DehydratedDevice' },
  },
  putDehydratedDevice: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        device_id: { type: 'string' },
        device_data: { type: 'object', properties: { algorithm: { type: 'string' } }, required: ['algorithm'] },
        initial_device_display_name: { type: 'string' },
        device_keys: { type: 'object' },
        one_time_keys: { type: 'object', additionalProperties: { type: ['string', 'object'] } },
        fallback_keys: { type: 'object', additionalProperties: { type: ['string', 'object'] } },
      },
      required: ['device_id', 'device_data', 'device_keys'],
    },
    response: { $ref: 'definitions#/$defs/DeviceName' },
  },
  deleteDehydratedDevice: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/DeviceName' },
  },
  getDehydratedDeviceEvents: {
    params: { type: 'object', properties: { deviceId: { type: 'string' } }, required: ['deviceId'] },
    query: {
      type: 'object',
      properties: { from: { type: 'string' }, limit: { type: 'integer', minimum: 1, maximum: 100 } },
    },
    response: {
      type: 'object',
      properties: { events: { type: 'array', items: { type: 'object' } }, next_batch: { type: 'string' } },
      required: ['events'],
    },
  },
  postDehydratedDeviceEvents: {
    params: { type: 'object', properties: { deviceId: { type: 'string' } }, required: ['deviceId'] },
    query: { type: 'object' },
    body: { type: 'object', properties: { next_batch: { type: 'string' } } },
    response: {
      type: 'object',
      properties: { events: { type: 'array', items: { type: 'object' } }, next_batch: { type: 'string' } },
      required: ['events', 'next_batch'],
    },
  },
  purgeHistory: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        delete_local_events: { type: 'boolean' },
        purge_up_to_event_id: { type: 'string', pattern: '^\\$' },
        purge_up_to_ts: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
    },
    response: { type: 'object', properties: { purge_id: { type: 'string' } }, required: ['purge_id'] },
  },
  purgeHistoryBefore: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' }, eventId: { type: 'string', pattern: '^\\$' } },
      required: ['roomId', 'eventId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { delete_local_events: { type: 'boolean' } } },
    response: { type: 'object', properties: { purge_id: { type: 'string' } }, required: ['purge_id'] },
  },
  getPurgeStatus: {
    params: { type: 'object', properties: { purgeId: { type: 'string' } }, required: ['purgeId'] },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: {
        status: { type: 'string', enum: ['active', 'complete', 'failed'] },
        error: { type: 'string' },
      },
      required: ['status'],
    },
  },
  getRoomBlock: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: { block: { type: 'boolean' }, user_id: { type: 'string' } },
      required: ['block'],
    },
  },
  setRoomBlock: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: { type: 'object', properties: { block: { type: 'boolean' } }, required: ['block'] },
    response: { type: 'object', properties: { block: { type: 'boolean' } }, required: ['block'] },
  },
  getRoomDeletion: {
    params: { type: 'object', properties: { deleteId: { type: 'string' } }, required: ['deleteId'] },
    query: { type: 'object' },
    response: { $ref: 'definitions#/$defs/RoomDeletion' },
  },
  deleteRoom: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        new_room_user_id: { type: 'string', pattern: '^@' },
        room_name: { type: 'string' },
        message: { type: 'string' },
        block: { type: 'boolean' },
        purge: { type: 'boolean' },
        force_purge: { type: 'boolean' },
      },
    },
    response: { type: 'object', properties: { delete_id: { type: 'string' } }, required: ['delete_id'] },
  },
  getRoomDeletions: {
    params: {
      type: 'object',
      properties: { roomId: { type: 'string', pattern: '^!' } },
      required: ['roomId'],
    },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: { results: { type: 'array', items: { $ref: 'definitions#/$defs/RoomDeletion' } } },
      required: ['results'],
    },
  },
  getSharedSecretNonce: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: { type: 'object', properties: { nonce: { type: 'string' } }, required: ['nonce'] },
  },
  registerWithSharedSecret: {
    params: { type: 'object' },
    query: { type: 'object' },
    body: {
      type: 'object',
      properties: {
        nonce: { type: 'string' },
        username: { type: 'string' },
        password: { type: 'string' },
        mac: { type: 'string' },
        admin: { type: 'boolean' },
        displayname: { type: 'string' },
        user_type: { type: ['string', 'null'] },
        device_id: { type: 'string' },
        initial_device_display_name: { type: 'string' },
        inhibit_login: { type: 'boolean' },
      },
      required: ['nonce', 'username', 'password', 'mac'],
    },
    response: {
      type: 'object',
      properties: {
        user_id: { type: 'string', pattern: '^@' },
        home_server: { type: 'string' },
        access_token: { type: 'string' },
        device_id: { type: 'string' },
      },
      required: ['user_id', 'home_server'],
    },
  },
  getServerVersion: {
    params: { type: 'object' },
    query: { type: 'object' },
    response: {
      type: 'object',
      properties: { server_version: { type: 'string' } },
      required: ['server_version'],
    },
  },
}
