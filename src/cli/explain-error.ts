import { OperatorError } from '../util/operator-error.ts'

interface SystemError extends Error { readonly code?: string, readonly address?: string, readonly port?: number, readonly path?: string }

/** What people are told of an error that they can put right; undefined for one that is ours. */
export function explainError(error: unknown): string | undefined {
  if (error instanceof OperatorError) return error.message
  if (!(error instanceof Error)) return undefined
  const { code, address, port, path, message } = error as SystemError
  const place = `${address?.includes(':') === true ? `[${address}]` : address}:${port}`
  if (code === 'EADDRINUSE') return `Another program already listens on ${place}. Stop it, or choose another port under listeners.`
  if (code === 'EADDRNOTAVAIL') {
    return `This machine has no address ${address}. Correct bind under listeners, or use 0.0.0.0 for all addresses.`
  }
  if (code === 'EACCES' && port !== undefined) {
    return `Hearth may not listen on ${place}: ports below 1024 belong to root. Choose another port under listeners.`
  }
  if (code === 'ENOSPC') return `The disk is full (${path ?? message}). Make room, then start again.`
  if ((code === 'EACCES' || code === 'EPERM' || code === 'EROFS') && path !== undefined) {
    return `${path} cannot be used (${message}). Give it to the user who runs Hearth.`
  }
  return undefined
}
