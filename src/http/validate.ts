import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import type { ParsedUrlQuery } from 'node:querystring'
import { invalidParam, MatrixError, missingParam } from '../matrix/errors.ts'
import { definitions } from '../spec/schemas.ts'
import type { DescribedOperation } from './operation.ts'

/** Checks what comes with a request. Each function gives back what it was given, or throws. */
export interface Validators {
  /** Errors: M_INVALID_PARAM. */
  params(raw: Record<string, string>): Record<string, string>
  /** Turns text into numbers and booleans where the operation wants them. Errors: M_INVALID_PARAM, M_MISSING_PARAM. */
  query(raw: ParsedUrlQuery): Record<string, unknown>
  /** Errors: M_BAD_JSON, M_MISSING_PARAM. */
  body(raw: unknown): unknown
}

export type ValidatorFactory = (operation: DescribedOperation) => Validators

/** Compiles schemas when they are first needed: most operations are never asked for between two starts. */
export function createValidatorFactory(): ValidatorFactory {
  const ofText = createAjv({ coerceTypes: 'array' })
  const ofJson = createAjv({})
  return ({ schemas }) => {
    const checkParams = lazily(ofJson, schemas.params)
    const checkQuery = lazily(ofText, schemas.query)
    const checkBody = schemas.body === undefined ? undefined : lazily(ofJson, schemas.body)
    return {
      params(raw) {
        refuseNul(Object.values(raw))
        const error = checkParams(raw)
        if (error !== undefined) throw invalidParam(`The path is not right: ${describe(error)}.`)
        return raw
      },
      query(raw) {
        refuseNul(Object.values(raw).flat())
        const error = checkQuery(raw)
        if (error?.keyword === 'required') throw missingParam(`The query is not complete: ${describe(error)}.`)
        if (error !== undefined) throw invalidParam(`The query is not right: ${describe(error)}.`)
        return raw
      },
      body(raw) {
        const error = checkBody?.(raw)
        if (error?.keyword === 'required' && error.instancePath === '') throw missingParam(`The body is not complete: ${describe(error)}.`)
        if (error !== undefined) throw new MatrixError('M_BAD_JSON', `The body is not right: ${describe(error)}.`)
        return raw
      },
    }
  }
}

/** No identifier has a NUL in it, and no database can look one up. In the text of a body it is a character like others. */
function refuseNul(values: readonly unknown[]): void {
  if (values.some((value) => typeof value === 'string' && value.includes('\0'))) throw invalidParam('The address holds a NUL.')
}

function createAjv(options: Options): Ajv2020 {
  // With `strictNumbers` Ajv passes over the limits of a number that is not finite, as `limit=Infinity` would be.
  return new Ajv2020({ strict: false, strictNumbers: false, validateFormats: false, ...options }).addSchema(definitions)
}

/** A check that gives the first error, compiled at its first use. */
function lazily(ajv: Ajv2020, schema: object): (value: unknown) => ErrorObject | undefined {
  let validate: ValidateFunction | undefined
  return (value) => {
    validate ??= ajv.compile(schema)
    return validate(value) ? undefined : validate.errors?.[0]
  }
}

/** Where the error is and what is wrong there, for people. The value itself is not repeated: it may be a secret. */
function describe({ instancePath, message }: ErrorObject): string {
  const place = instancePath === '' ? 'it' : instancePath.slice(1).replaceAll('/', '.').slice(0, 200)
  return `${place} ${message ?? 'is not valid'}`
}
