/** What `start` throws when another process has taken over: nothing in memory holds any more. */
export class BeginAgain extends Error {}

/** The exit code by which a process manager knows that the program asks to be started again (sysexits: try again). */
export const BEGIN_AGAIN = 75

/** Becomes the same program anew, under the same number, with nothing in memory. Returns only where that cannot be done. */
export function beginAgain(): void {
  const [, ...args] = process.argv
  process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...args])
}
