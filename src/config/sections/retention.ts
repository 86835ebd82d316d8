import { flag, optionalInteger, section } from '../shapes.ts'

const CENTURY_MS = 3_155_760_000_000
const lifetime = { min: 0, max: CENTURY_MS }

export const retention = section('For how long messages are kept. State is kept as long as its room is.', {
  enabled: flag('Whether messages expire as rooms ask for it by m.room.retention, or else by the default policy.', false),
  default_policy: section('Holds for what a room says nothing about.', {
    min_lifetime_ms: optionalInteger('So long messages are kept at least.', lifetime),
    max_lifetime_ms: optionalInteger('So long messages are kept at most; without it, for ever.', lifetime),
  }),
  allowed_lifetime_min_ms: optionalInteger('A room that wants its messages gone sooner has to wait so long.', lifetime),
  allowed_lifetime_max_ms: optionalInteger('A room that wants its messages kept longer loses them after so long.', lifetime),
})
