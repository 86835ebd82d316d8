import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { answerRelations } from './relations-answer.ts'

export function getRelatingEvents(services: Pick<Services, 'rooms' | 'relations'>) {
  return endpoint('getRelatingEvents', (request) => answerRelations(services, request))
}
