/**
 * The words in which the configuration is described. One description gives the type, the defaults, the checks,
 * the JSON Schema for editors and what `hearth config explain` prints.
 */
interface Described {
  readonly about: string
  /** Nothing uses it yet: it is read and checked, and people are told that it has no effect. */
  readonly isIdle?: boolean
}

export interface Leaf<T> extends Described {
  readonly kind: 'text' | 'integer' | 'number' | 'flag'
  readonly required: boolean
  readonly fallback?: T
  /** How the default is made up, where it follows from other keys. */
  readonly derived?: string
  readonly options?: readonly string[]
  readonly min?: number
  readonly max?: number
  /** Whether null may be written, for a value that is absent in spite of the default. */
  readonly nullable?: boolean
  /** A secret may also stand in a file of its own, named by `…_file`, and is never printed. */
  readonly secret?: boolean
  /** A path is made absolute, seen from the file it stands in; one that must exist is looked for. */
  readonly path?: 'any' | 'must-exist'
  /** What is wrong with the value, as the end of a sentence that begins with the key, or nothing. */
  readonly complain?: (value: string) => string | undefined
}

export interface List<T> extends Described {
  readonly kind: 'list'
  readonly required: boolean
  readonly fallback?: T
  readonly item: AnyShape
}

export interface Section<F extends Fields> extends Described {
  readonly kind: 'section'
  /** A section that may be absent as a whole, instead of having its defaults. */
  readonly optional: boolean
  readonly fields: F
}

export type AnyShape = Leaf<unknown> | List<unknown> | Section<Fields>
export interface Fields { readonly [key: string]: AnyShape }

type Camel<K> = K extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : K extends string ? K : never

/** The values that a shape describes: keys in our spelling, defaults filled in. */
export type ValueOf<S> =
  S extends OptionalSection<infer F> ? ValuesOf<F> | undefined
    : S extends Section<infer F> ? ValuesOf<F>
      : S extends List<infer T> ? T
        : S extends Leaf<infer T> ? T
          : never

export type ValuesOf<F extends Fields> = { readonly [K in keyof F as Camel<K>]: ValueOf<F[K]> }

export interface OptionalSection<F extends Fields> extends Section<F> { readonly optional: true }

export const camelCase = (key: string): string => key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
