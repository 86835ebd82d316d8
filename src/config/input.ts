/** What someone wrote, with the place where it stands, whether in YAML or in the environment. */
export type Input = ScalarInput | ListInput | MapInput

export interface ScalarInput {
  readonly kind: 'scalar'
  readonly at: string
  readonly value: string | number | boolean | null
  /** As it was written, which for a number is not always how we would write it. */
  readonly source: string
}

export interface ListInput {
  readonly kind: 'list'
  readonly at: string
  readonly items: readonly Input[]
}

export interface MapInput {
  readonly kind: 'map'
  readonly at: string
  readonly entries: ReadonlyMap<string, { readonly at: string, readonly value: Input }>
}

export const emptyMap = (at: string): MapInput => ({ kind: 'map', at, entries: new Map() })
