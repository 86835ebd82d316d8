import { argon2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { decodeBase64, encodeBase64 } from '../matrix/base64.ts'
import { limitExceeded, MatrixError } from '../matrix/errors.ts'
import type { Random } from '../util/random.ts'

const derive = promisify(argon2)

interface Cost { readonly memoryKib: number, readonly passes: number, readonly lanes: number }

const LENGTH_MAX = 512
const SALT_BYTES = 16
const TAG_BYTES = 32
const AT_ONCE_MAX = 2
const WAITING_MAX = 64
const WAIT_HINT_MS = 2000

// The weakest of the costs that OWASP recommends for argon2id; more memory would make a login a lever against us.
const COST: Cost = { memoryKib: 19_456, passes: 2, lanes: 1 }
const FAST_INSECURE_COST: Cost = { memoryKib: 8, passes: 1, lanes: 1 }

/** Stretches passwords off the event loop, a few at once, and compares them with what is stored (argon2id, PHC strings). */
export class Passwords {
  readonly #random: Random
  readonly #cost: Cost
  readonly #waitingMax: number
  #running = 0
  readonly #waiting: (() => void)[] = []
  readonly #decoy: string

  constructor({ random, fastInsecure }: { random: Random, fastInsecure: boolean }) {
    this.#random = random
    this.#cost = fastInsecure ? FAST_INSECURE_COST : COST
    this.#waitingMax = fastInsecure ? Infinity : WAITING_MAX
    this.#decoy = format(this.#cost, random.bytes(SALT_BYTES), random.bytes(TAG_BYTES))
  }

  /** The PHC string to store. Errors: M_INVALID_PARAM for a password that is too long, M_LIMIT_EXCEEDED. */
  async hash(password: string): Promise<string> {
    checkPasswordLength(password)
    const salt = this.#random.bytes(SALT_BYTES)
    return format(this.#cost, salt, await this.#derive(password, salt, this.#cost))
  }

  /**
   * Whether the password is the one that is stored. Without a stored one it takes as long and is false, so that nobody
   * can tell who has an account. Errors: M_INVALID_PARAM for a password that is too long, M_LIMIT_EXCEEDED.
   */
  async verify(password: string, stored: string | null | undefined): Promise<boolean> {
    checkPasswordLength(password)
    const parsed = parse(stored ?? this.#decoy)
    if (parsed === undefined) return false
    const tag = await this.#derive(password, parsed.salt, parsed.cost)
    const matches = tag.length === parsed.tag.length && timingSafeEqual(tag, parsed.tag)
    return matches && typeof stored === 'string'
  }

  async #derive(password: string, nonce: Buffer, { memoryKib, passes, lanes }: Cost): Promise<Buffer> {
    await this.#turn()
    try {
      return await derive('argon2id', { message: password, nonce, parallelism: lanes, tagLength: TAG_BYTES, memory: memoryKib, passes })
    } finally {
      // Whoever waits takes over the place as it is.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < AT_ONCE_MAX) {
      this.#running += 1
      return
    }
    if (this.#waiting.length >= this.#waitingMax) throw limitExceeded(WAIT_HINT_MS)
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

/** Long passwords are refused before any work. Errors: M_INVALID_PARAM. */
function checkPasswordLength(password: string): void {
  if (password.length > LENGTH_MAX) throw new MatrixError('M_INVALID_PARAM', `A password can have at most ${LENGTH_MAX} characters.`)
}

/** What a new password must be. Errors: M_WEAK_PASSWORD for an empty one, M_INVALID_PARAM for one that is too long. */
export function checkNewPassword(password: string): void {
  if (password === '') throw new MatrixError('M_WEAK_PASSWORD', 'The password is empty.')
  checkPasswordLength(password)
}

function format({ memoryKib, passes, lanes }: Cost, salt: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${encodeBase64(salt)}$${encodeBase64(tag)}`
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

function parse(phc: string): { cost: Cost, salt: Buffer, tag: Buffer } | undefined {
  const [, memory, passes, lanes, saltText, tagText] = PHC.exec(phc) ?? []
  const salt = decodeBase64(saltText ?? '')
  const tag = decodeBase64(tagText ?? '')
  if (salt === undefined || tag === undefined || memory === undefined) return undefined
  return { cost: { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) }, salt, tag }
}
