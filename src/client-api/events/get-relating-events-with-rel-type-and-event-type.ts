import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { answerRelations } from './relations-answer.ts'

export function getRelatingEventsWithRelTypeAndEventType(services: Pick<Services, 'rooms' | 'relations'>) {
  return endpoint('getRelatingEventsWithRelTypeAndEventType', (request) => answerRelations(services, request))
}
