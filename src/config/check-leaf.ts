import { suggestion } from './did-you-mean.ts'
import type { ScalarInput } from './input.ts'
import type { Leaf } from './shape.ts'

export type Verdict = { readonly value: unknown } | { readonly complaint: string }

/** Whether a scalar is what the leaf describes; if not, what to write instead. */
export function checkLeaf(leaf: Leaf<unknown>, input: ScalarInput): Verdict {
  if (leaf.nullable === true && (input.value === null || input.value === 'null')) return { value: undefined }
  if (input.value === null || input.value === '') return { complaint: 'has no value; write one, or take the key away' }
  if (leaf.kind === 'flag') return checkFlag(input)
  return leaf.kind === 'text' ? checkText(leaf, input) : checkNumber(leaf, input)
}

const MEANS_TRUE = new Set(['yes', 'y', 'on', 'true', '1'])
const MEANS_FALSE = new Set(['no', 'n', 'off', 'false', '0'])

function checkFlag({ value }: ScalarInput): Verdict {
  if (typeof value === 'boolean') return { value }
  const word = String(value).toLowerCase()
  if (MEANS_TRUE.has(word)) return { complaint: 'must be true or false; write true' }
  return { complaint: MEANS_FALSE.has(word) ? 'must be true or false; write false' : 'must be true or false' }
}

function checkText(leaf: Leaf<unknown>, { value, source }: ScalarInput): Verdict {
  if (typeof value !== 'string') return { complaint: `must be text; write "${source}" in quotes` }
  if (leaf.options !== undefined && !leaf.options.includes(value)) return {
    complaint: `cannot be "${value}"; ${suggestion(value, leaf.options)}`,
  }
  const complaint = leaf.complain?.(value)
  return complaint === undefined ? { value } : { complaint }
}

function checkNumber(leaf: Leaf<unknown>, { value }: ScalarInput): Verdict {
  const what = leaf.kind === 'integer' ? 'a whole number' : 'a number'
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = leaf
  if (typeof value === 'string') return { complaint: `must be ${what}${hintForNumber(value)}` }
  if (typeof value !== 'number' || !Number.isFinite(value)) return { complaint: `must be ${what}` }
  if (leaf.kind === 'integer' && !Number.isSafeInteger(value)) return { complaint: `must be ${what}; write ${Math.round(value)}` }
  return value < min || value > max ? { complaint: `must be between ${min} and ${max}` } : { value }
}

const SIZES: Record<string, number> = { k: 1024, m: 1_048_576, g: 1_073_741_824 }

function hintForNumber(text: string): string {
  const plain = text.replaceAll(/[_,\s]/g, '')
  if (plain !== '' && Number.isFinite(Number(plain))) return plain === text ? `; write ${plain} without quotes` : `; write ${plain}`
  const [, amount, unit = ''] = /^([\d.]+)([kmg])(?:i?b)?$/i.exec(plain) ?? []
  return amount === undefined ? '' : `; write ${Math.round(Number(amount) * (SIZES[unit.toLowerCase()] ?? 1))}`
}
