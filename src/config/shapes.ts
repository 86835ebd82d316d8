import type { AnyShape, Fields, Leaf, List, OptionalSection, Section, ValueOf } from './shape.ts'

type TextRules = Pick<Leaf<string>, 'secret' | 'path' | 'complain' | 'derived'>

export function text(about: string, fallback: string, rules?: TextRules): Leaf<string> {
  return { kind: 'text', about, required: false, fallback, ...rules }
}

export function requiredText(about: string, rules?: TextRules): Leaf<string> {
  return { kind: 'text', about, required: true, ...rules }
}

export function optionalText(about: string, rules?: TextRules): Leaf<string | undefined> {
  return { kind: 'text', about, required: false, ...rules }
}

export function choice<const T extends string>(about: string, options: readonly T[], fallback: NoInfer<T>): Leaf<T> {
  return { kind: 'text', about, required: false, options, fallback }
}

/** One of a few words, as an item of a list. */
export function word<const T extends string>(about: string, options: readonly T[]): Leaf<T> {
  return { kind: 'text', about, required: true, options }
}

export function flag(about: string, fallback: boolean): Leaf<boolean> {
  return { kind: 'flag', about, required: false, fallback }
}

export function integer(about: string, fallback: number, range: { min: number, max: number }): Leaf<number> {
  return { kind: 'integer', about, required: false, fallback, ...range }
}

export function optionalInteger(about: string, range: { min: number, max: number }): Leaf<number | undefined> {
  return { kind: 'integer', about, required: false, ...range }
}

/** An integer with a default that null takes away. */
export function nullableInteger(about: string, fallback: number, range: { min: number, max: number }): Leaf<number | undefined> {
  return { kind: 'integer', about, required: false, fallback, nullable: true, ...range }
}

export function requiredInteger(about: string, range: { min: number, max: number }): Leaf<number> {
  return { kind: 'integer', about, required: true, ...range }
}

export function number(about: string, fallback: number, range: { min: number, max: number }): Leaf<number> {
  return { kind: 'number', about, required: false, fallback, ...range }
}

export function list<S extends AnyShape>(about: string, item: S, fallback: readonly ValueOf<S>[]): List<readonly ValueOf<S>[]> {
  return { kind: 'list', about, required: false, item, fallback }
}

export function optionalList<S extends AnyShape>(about: string, item: S): List<readonly ValueOf<S>[] | undefined> {
  return { kind: 'list', about, required: false, item }
}

export function requiredList<S extends AnyShape>(about: string, item: S): List<readonly ValueOf<S>[]> {
  return { kind: 'list', about, required: true, item }
}

export function section<F extends Fields>(about: string, fields: F): Section<F> & { readonly optional: false } {
  return { kind: 'section', about, optional: false, fields }
}

export function optionalSection<F extends Fields>(about: string, fields: F): OptionalSection<F> {
  return { kind: 'section', about, optional: true, fields }
}

/** Of a setting, or of all in a section, that nothing uses yet. */
export function idle<S extends AnyShape>(shape: S): S {
  return { ...shape, isIdle: true }
}
