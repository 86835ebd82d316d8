import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function refresh({ sessions }: Pick<Services, 'sessions'>) {
  return endpoint('refresh', ({ body }) => sessions.refresh(body.refresh_token))
}
