/** The outcome of a rule. The reason is a sentence for people. */
export type Verdict = { readonly allowed: true } | { readonly allowed: false, readonly reason: string }

/** The rule lets the event pass. */
export const allow: Verdict = { allowed: true }

/** The rule refuses the event. */
export function reject(reason: string): Verdict {
  return { allowed: false, reason }
}
