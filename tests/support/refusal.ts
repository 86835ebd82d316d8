import type { Errcode } from '../../src/spec/errcodes.ts'

/** What `t.rejects` of tap is to find: a MatrixError with this errcode. */
export function refusal(errcode: Errcode, more: { readonly status?: number, readonly message?: RegExp } = {}) {
  return { name: 'MatrixError', errcode, ...more }
}

/** What `t.match` of tap is to find: an answer with this status and errcode. */
export function refused(status: number, errcode: string) {
  return { status, body: { errcode } }
}
