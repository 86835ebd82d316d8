import type { Destinations } from '../../remote/destinations.ts'
import { Gate } from '../../util/gate.ts'

const WELL_MAX = 64
const FAILING_MAX = 16

/** How many servers are sent something at once: those that did not answer the last time never hold up the others. */
export class Lanes {
  readonly #destinations: Pick<Destinations, 'find'>
  readonly #well = new Gate(WELL_MAX)
  readonly #failing = new Gate(FAILING_MAX)

  constructor(destinations: Pick<Destinations, 'find'>) {
    this.#destinations = destinations
  }

  run<T>(server: string, work: () => Promise<T>): Promise<T> {
    return (this.#destinations.find(server) === undefined ? this.#well : this.#failing).run(work)
  }
}
