import type { ReceiptContent } from '../rooms/reading/receipts.ts'

/** Whether receipts hold one of the user. */
export function hasReceiptOf(content: ReceiptContent, userId: string): boolean {
  return Object.values(content).some((byType) => Object.values(byType).some((byUser) => Object.hasOwn(byUser, userId)))
}
