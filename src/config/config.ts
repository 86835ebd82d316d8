import type { AppserviceRegistration } from './sections/appservice.ts'
import type { schema } from './schema.ts'
import type { ValueOf } from './shape.ts'

type Written = ValueOf<typeof schema>

/** The configuration as the house uses it: every default filled in, every path absolute, every secret read. */
export interface Config extends Omit<Written, 'publicBaseurl' | 'signingKeyPath' | 'media' | 'appservices'> {
  /** Without a slash at the end. */
  readonly publicBaseurl: string
  readonly signingKeyPath: string
  /** As their registration files say. */
  readonly appservices: readonly AppserviceRegistration[]
  readonly media: Omit<Written['media'], 'path'> & { readonly path: string }
}

export type Listener = Config['listeners'][number]
