import { choice, flag, nullableInteger, section } from '../shapes.ts'

export const rooms = section('Rooms.', {
  default_version: choice('The version of new rooms.', ['10', '11', '12'], '12'),
  allow_publish: flag('Whether users may list rooms in the public directory.', true),
  public_list_without_auth: flag('Whether the public directory can be read without logging in.', false),
  redacted_kept_ms: nullableInteger('How long the original of a redacted event is kept; null keeps it for ever.', 604_800_000, {
    min: 0,
    max: 3_155_760_000_000,
  }),
})
