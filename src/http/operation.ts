import { clientOperations, federationOperations, hearthOperations, type Operation } from '../spec/operations.ts'
import { clientSchemas, federationSchemas, hearthSchemas, type OperationSchemas } from '../spec/schemas.ts'
import type { ClientTypes, FederationTypes, HearthTypes } from '../spec/types.ts'

export type { Operation }

/** Operations that clients and tools ask for. */
export type ClientOperations = typeof clientOperations & typeof hearthOperations
export type ClientOperationTypes = ClientTypes & HearthTypes

/** Operations that other servers ask for. Some have the same id as one for clients. */
export type FederationOperations = typeof federationOperations
export type FederationOperationTypes = FederationTypes

export type Side = 'client' | 'federation'

/** An operation as the front needs it: what the specification says of it, and the form of what comes in. */
export interface DescribedOperation extends Operation {
  readonly schemas: Pick<OperationSchemas, 'params' | 'query' | 'body'>
}

const OPERATIONS: Readonly<Record<Side, Readonly<Record<string, Operation>>>> = {
  client: { ...clientOperations, ...hearthOperations },
  federation: federationOperations,
}

const SCHEMAS: Readonly<Record<Side, Readonly<Record<string, OperationSchemas>>>> = {
  client: { ...clientSchemas, ...hearthSchemas },
  federation: federationSchemas,
}

/** What our documents say of an operation. */
export function describeOperation(side: Side, operationId: string): DescribedOperation {
  const operation = OPERATIONS[side][operationId]
  const schemas = SCHEMAS[side][operationId]
  if (operation === undefined || schemas === undefined) throw new Error(`${operationId} is in none of our documents`)
  return { ...operation, schemas }
}
