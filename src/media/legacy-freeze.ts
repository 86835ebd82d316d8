import { MatrixError, notFound } from '../matrix/errors.ts'

/**
 * What the paths without an access token answer for every file. They hold only what was uploaded before they were frozen, and
 * no file of this server is as old as that (Client-Server API, Content repository).
 */
export function frozenMedia(): MatrixError {
  return notFound('Files are given out to who is logged in, below /_matrix/client/v1/media.')
}
