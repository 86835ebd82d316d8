import { OperatorError } from '../util/operator-error.ts'

interface SystemError extends Error {
  readonly code?: string
  readonly address?: string
  readonly port?: number
  readonly path?: string
  readonly dest?: string
  /** Of an error that PostgreSQL reports. */
  readonly severity?: string
}

/** What is wrong with a path, and what helps. */
const OF_PATHS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file or folder. Make it, or name another one.',
  ENOTDIR: 'Something above it is a file, not a folder. Name another one.',
  EISDIR: 'It is a folder. Name a file.',
  EEXIST: 'It is there already. Name another one.',
  ENAMETOOLONG: 'The name is too long. Take a shorter one.',
  ELOOP: 'Its links lead in a circle. Name another one.',
  EACCES: 'Give it to the user who runs Hearth.',
  EPERM: 'Give it to the user who runs Hearth.',
  EROFS: 'The disk can only be read. Name another place.',
  EIO: 'The disk fails. Look at what the system says about it.',
}

/** What people are told of an error that they can put right; undefined for one that is ours. */
export function explainError(error: unknown): string | undefined {
  if (error instanceof OperatorError) return error.message
  if (!(error instanceof Error)) return undefined
  const { code = '', port, path, message, severity } = error as SystemError
  if (severity !== undefined) return explainPostgres(code, message)
  if (port !== undefined) return explainListening(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return `The disk is full (${path ?? message}). Make room, then try again.`
  if (code === 'EMFILE' || code === 'ENFILE') return `Too many files are open (${message}). Raise the limit, then try again.`
  const help = path === undefined ? undefined : OF_PATHS[code]
  return help === undefined ? undefined : `${path} cannot be used (${message}). ${help}`
}

function explainListening({ code, address, port }: SystemError): string | undefined {
  const place = `${address?.includes(':') === true ? `[${address}]` : address}:${port}`
  if (code === 'EADDRINUSE') return `Another program already listens on ${place}. Stop it, or choose another port under listeners.`
  if (code === 'EADDRNOTAVAIL') {
    return `This machine has no address ${address}. Correct bind under listeners, or use 0.0.0.0 for all addresses.`
  }
  if (code === 'EACCES') return `Hearth may not listen on ${place}: ports below 1024 belong to root. Choose another port under listeners.`
  return undefined
}

/** By the classes of PostgreSQL's codes: what lacks to it or is done to it is for the operator; the rest is a fault of ours. */
function explainPostgres(code: string, message: string): string | undefined {
  if (code === '53100') return `PostgreSQL says: ${message}. Its disk is full: make room, then try again.`
  const isOfOperator = /^(?:08|28|53|57P|58)/.test(code) || code === '25006' || code === '42501'
  return isOfOperator ? `PostgreSQL says: ${message}. Put that right, then try again.` : undefined
}
