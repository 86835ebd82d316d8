import { clientOperations, hearthOperations } from '../spec/operations.ts'
import type { Operation } from '../spec/operations.ts'
import { clientSchemas, hearthSchemas } from '../spec/schemas.ts'
import type { OperationSchemas } from '../spec/schemas.ts'
import type { ClientTypes, HearthTypes } from '../spec/types.ts'

export type { Operation }
export type Operations = typeof clientOperations & typeof hearthOperations
export type OperationId = keyof Operations
export type OperationTypes = ClientTypes & HearthTypes

/** An operation as the front needs it: what the specification says of it, and the form of what comes in. */
export interface DescribedOperation extends Operation {
  readonly schemas: Pick<OperationSchemas, 'params' | 'query' | 'body'>
}

const TABLES = [
  { operations: clientOperations, schemas: clientSchemas },
  { operations: hearthOperations, schemas: hearthSchemas },
] as const

/** Every operation that clients and tools ask for, by its id. Those of other servers have ids of their own, some of them the same. */
export function describeOperations(): ReadonlyMap<string, DescribedOperation> {
  const described = new Map<string, DescribedOperation>()
  for (const { operations, schemas } of TABLES) {
    const byId: Readonly<Record<string, OperationSchemas>> = schemas
    for (const operation of Object.values<Operation>(operations)) {
      const { operationId } = operation
      const own = byId[operationId]
      if (own === undefined || described.has(operationId)) throw new Error(`${operationId} is not described exactly once`)
      described.set(operationId, { ...operation, schemas: own })
    }
  }
  return described
}
