import { choice, flag, integer, section } from '../shapes.ts'

const CENTURY_MS = 3_155_760_000_000

export const encryption = section('End-to-end encryption.', {
  default_for_rooms: choice(
    'Which new rooms are encrypted although their creator did not ask for it: none, those that one has to be invited to, or all.',
    ['off', 'invite', 'all'], 'off',
  ),
  clients: section('What Element and clients like it are told under /.well-known/matrix/client.', {
    default: flag('Whether they encrypt the direct chats and private rooms that they make.', true),
    force_disable: flag('Whether they encrypt nothing at all.', false),
    secure_backup_required: flag('Whether they insist on a backup of the keys.', false),
  }),
  to_device: section('Messages that wait for a device until it fetches them.', {
    waiting_max: integer('So many wait for one device at most; then the oldest are dropped.', 200_000, { min: 1_000, max: 10_000_000 }),
    waiting_max_bytes: integer('So many bytes they have together at most.', 536_870_912, { min: 1_048_576, max: 1_099_511_627_776 }),
    kept_ms: integer('So long they are kept for a device that nobody has seen since.', 15_552_000_000, {
      min: 86_400_000,
      max: CENTURY_MS,
    }),
  }),
})
