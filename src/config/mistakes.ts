/** Something in the configuration that stops the start. */
export interface Mistake {
  /** Where it is written: `hearth.yaml:3:5`, or the name of an environment variable. */
  readonly at: string
  /** The key with those around it, as `registration.enabled`; empty for the file as a whole. */
  readonly key: string
  /** What is wrong and what to write instead, as the end of a sentence that begins with the key. */
  readonly complaint: string
}

export function describeMistake({ at, key, complaint }: Mistake): string {
  return `${at}: ${key === '' ? '' : `${key} `}${complaint}${complaint.endsWith('?') ? '' : '.'}`
}
