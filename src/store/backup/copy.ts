import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { Socket } from 'node:net'
import type pg from 'pg'

/** The parts of pg's connection that a COPY needs and its types leave out. */
interface CopyConnection {
  readonly stream: Socket
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/** The rows that a `copy … to stdout` gives, as a stream. PostgreSQL waits while nobody reads. */
export class CopyOut extends Readable {
  readonly #text: string
  #connection: CopyConnection | undefined

  constructor(text: string) {
    super()
    this.#text = text
  }

  submit(connection: CopyConnection): undefined {
    this.#connection = connection
    connection.query(this.#text)
  }

  override _read(): void {
    this.#connection?.stream.resume()
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }, connection: CopyConnection): void {
    // What pg hands out lies in a buffer that it fills again, and these rows may wait here for whoever reads.
    if (!this.push(Buffer.from(chunk))) connection.stream.pause()
  }

  handleCommandComplete(): void {
    // The stream ends when the connection is free again.
  }

  handleReadyForQuery(): void {
    this.push(null)
  }

  handleError(error: Error): void {
    this.destroy(error)
  }
}

/** Feeds a `copy … from stdin` from a stream, no faster than PostgreSQL takes it. */
export class CopyIn {
  readonly #text: string
  readonly #source: Readable
  readonly #outcome = Promise.withResolvers<void>()

  constructor(text: string, source: Readable) {
    this.#text = text
    this.#source = source
  }

  /** Resolves when PostgreSQL has taken all rows. */
  get done(): Promise<void> {
    return this.#outcome.promise
  }

  submit(connection: CopyConnection): undefined {
    connection.query(this.#text)
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#feed(connection).catch((error: Error) => {
      this.#outcome.reject(error)
      connection.sendCopyFail(error.message)
    })
  }

  async #feed(connection: CopyConnection): Promise<void> {
    for await (const chunk of this.#source) {
      connection.sendCopyFromChunk(chunk as Buffer)
      if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain')
    }
    connection.endCopyFrom()
  }

  handleCommandComplete(): void {
    // The answer counts when the connection is free again.
  }

  handleReadyForQuery(): void {
    this.#outcome.resolve()
  }

  handleError(error: Error): void {
    this.#source.destroy()
    this.#outcome.reject(error)
  }
}

/** pg takes any object with these methods for a query, which its types say only in part. */
export function submit<T extends CopyOut | CopyIn>(client: pg.Client, query: T): T {
  client.query(query as unknown as pg.Submittable)
  return query
}
