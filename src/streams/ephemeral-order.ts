import type { Random } from '../util/random.ts'

const INSTANCE_BYTES = 4

/**
 * The order of what is not kept: typing and presence. It starts anew with the process, so that whoever brings a number
 * of another instance is told everything that holds now.
 */
export class EphemeralOrder {
  /** Names this start of the process. */
  readonly instance: string
  #counter = 0

  constructor(random: Random) {
    this.instance = random.bytes(INSTANCE_BYTES).toString('hex')
  }

  /** The number of the last change. */
  current(): number {
    return this.#counter
  }

  /** Numbers a further change. */
  advance(): number {
    this.#counter += 1
    return this.#counter
  }
}
