import type { Reply } from './reply.ts'

/** What an answer is sent to. */
export interface Answerable {
  readonly id: string
  send(reply: Reply): void
}
