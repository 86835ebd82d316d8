/** Waits for what the other end of a socket does, which no promise of ours tells. The test's own timeout ends it. */
export async function untilTrue(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
