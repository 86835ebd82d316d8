import { canonicalJson } from '../../../src/matrix/canonical-json.ts'
import { isJsonObject, LOSSLESS, parseJson } from '../../../src/matrix/json.ts'
import type { PeerAnswer, ScriptedPeer } from '../../support/peers.ts'

const SEND = /^\/_matrix\/federation\/v1\/send\//

interface Edu { readonly edu_type: string, readonly content: Record<string, any> }

interface Pdu { readonly type: string, readonly sender: string, readonly content: Record<string, any>, readonly state_key?: string }

/** A transaction that a peer got. */
export interface Got {
  readonly txnId: string
  readonly text: string
  readonly pdus: readonly Pdu[]
  readonly edus: readonly Edu[]
}

/** Has a peer take transactions, or answer as it is told. */
export class Letterbox {
  readonly peer: ScriptedPeer
  readonly all: Got[] = []
  /** What it answers; undefined to take it. */
  answer: ((got: Got) => PeerAnswer | undefined | Promise<PeerAnswer | undefined>) | undefined

  /** Then it hangs up instead of answering. */
  isDown = false
  /** How often it hung up. */
  tries = 0

  constructor(peer: ScriptedPeer) {
    this.peer = peer
    peer.on('PUT', SEND, async ({ url, body }, response) => {
      if (this.isDown) {
        this.tries += 1
        response.destroy()
        return undefined
      }
      const { pdus, edus } = JSON.parse(body) as Got
      const got = { txnId: url.replace(SEND, ''), text: body, pdus, edus }
      this.all.push(got)
      return await this.answer?.(got) ?? { body: { pdus: {} } }
    })
  }

  /** What was said in messages, in the order in which it came. */
  get said(): string[] {
    return this.all.flatMap(({ pdus }) => pdus.flatMap(({ type, content }) => type === 'm.room.message' ? [content['body']] : []))
  }

  edus(type: string): Edu['content'][] {
    return this.all.flatMap(({ edus }) => edus.flatMap((edu) => edu.edu_type === type ? [edu.content] : []))
  }

  isCanonical(): boolean {
    return this.all.every(({ text }) => {
      const parsed = parseJson(text, LOSSLESS)
      return parsed.ok && isJsonObject(parsed.value) && canonicalJson(parsed.value) === text
    })
  }

  clear(): void {
    this.all.length = 0
  }
}
