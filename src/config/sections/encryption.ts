import { integer, section } from '../shapes.ts'

const CENTURY_MS = 3_155_760_000_000

export const encryption = section('End-to-end encryption.', {
  to_device: section('Messages that wait for a device until it fetches them.', {
    waiting_max: integer('So many wait for one device at most; then the oldest are dropped.', 200_000, { min: 1_000, max: 10_000_000 }),
    waiting_max_bytes: integer('So many bytes they have together at most.', 536_870_912, { min: 1_048_576, max: 1_099_511_627_776 }),
    kept_ms: integer('So long they are kept for a device that nobody has seen since.', 15_552_000_000, {
      min: 86_400_000,
      max: CENTURY_MS,
    }),
  }),
})
