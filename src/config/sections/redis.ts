import { notARedisUrl } from '../complaints.ts'
import { optionalText, section } from '../shapes.ts'

export const redis = section('The bus between several processes. Without url there is one process.', {
  url: optionalText('The Redis to use.', { complain: notARedisUrl, secret: true }),
})
