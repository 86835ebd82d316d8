import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { answerRelations } from './relations-answer.ts'

export function getRelatingEventsWithRelType(services: Pick<Services, 'rooms' | 'relations'>) {
  return endpoint('getRelatingEventsWithRelType', (request) => answerRelations(services, request))
}
