import { flag, integer, section } from '../shapes.ts'

export const accessTokens = section('Access tokens.', {
  allow_in_query: flag('Whether a token may stand in the address of a request (deprecated, and seen in logs of proxies).', true),
  lifetime_ms: integer('How long a token lasts whose client can refresh it. Those of other clients last until they log out.', 300_000, {
    min: 1000,
    max: 31_536_000_000,
  }),
})
