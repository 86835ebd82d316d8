/**
 * Something that only the person who runs the server can put right. The message is a clear sentence with the fix;
 * it is shown as it stands, without a stack trace.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
}
