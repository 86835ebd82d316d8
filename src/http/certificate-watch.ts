import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Listener } from '../config/config.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'

export interface Certificate {
  /** With its chain, as PEM. */
  readonly cert: Buffer
  readonly key: Buffer
}

type Files = NonNullable<Listener['tls']>

export interface CertificateWatchParts {
  readonly files: Files
  /** What is in use already. */
  readonly current: Certificate
  readonly use: (certificate: Certificate) => void
  readonly clock: Clock
  readonly log: Log
}

const LOOK_EVERY_MS = 60_000

export async function readCertificate({ cert, key }: Files): Promise<Certificate> {
  const [certText, keyText] = await Promise.all([readFile(cert), readFile(key)])
  return { cert: certText, key: keyText }
}

/**
 * Looks from time to time whether the files of a certificate have changed, and takes the new one into use. Certificates are
 * short-lived, and nobody should have to restart a server for them; connections that are open keep the old one.
 */
export class CertificateWatch {
  readonly #parts: CertificateWatchParts
  #current: Certificate
  #refused: Certificate | undefined
  #cancel: () => void

  constructor(parts: CertificateWatchParts) {
    this.#parts = parts
    this.#current = parts.current
    this.#cancel = this.#wait()
  }

  close(): void {
    this.#cancel()
    this.#cancel = () => undefined
  }

  #wait(): () => void {
    const cancel = this.#parts.clock.setTimer(LOOK_EVERY_MS, () => void this.#look(cancel))
    return cancel
  }

  async #look(cancel: () => void): Promise<void> {
    await this.#takeNew()
    if (this.#cancel === cancel) this.#cancel = this.#wait()
  }

  async #takeNew(): Promise<void> {
    const { files, use, log } = this.#parts
    try {
      const found = await readCertificate(files)
      if (isSame(found, this.#current) || (this.#refused !== undefined && isSame(found, this.#refused))) return
      // Certificate and key may be changed one after the other: while they do not fit, the old ones are good.
      this.#refused = found
      createSecureContext(found)
      use(found)
      this.#current = found
      log.info({ cert: files.cert }, 'A new certificate is in use')
    } catch (error) {
      log.warn({ cert: files.cert, error: String(error) }, 'The certificate has changed and cannot be used; the one before it stays')
    }
  }
}

function isSame(one: Certificate, other: Certificate): boolean {
  return one.cert.equals(other.cert) && one.key.equals(other.key)
}
