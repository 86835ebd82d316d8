/** How many single letters have to be put in, taken out, changed or swapped with their neighbour to get from one word to the other. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const change = from[row - 1] === to[column - 1] ? 0 : 1
      const steps = [at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + change]
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (isSwap) steps.push(at(beforeLast, column - 2) + 1)
      current.push(Math.min(...steps))
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY

/** The candidate that was probably meant, if one is near enough: a third of the letters may differ, three at most. */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  const written = word.toLowerCase().replaceAll('-', '_')
  let nearest: { candidate: string, distance: number } | undefined
  for (const candidate of candidates) {
    const found = { candidate, distance: distance(written, candidate.toLowerCase()) }
    if (nearest === undefined || found.distance < nearest.distance) nearest = found
  }
  if (nearest === undefined) return undefined
  return nearest.distance <= Math.min(3, Math.max(1, Math.floor(word.length / 3))) ? nearest.candidate : undefined
}

/** ` Did you mean "x"?` or the list of what is possible. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const nearest = findNearest(word, candidates)
  return nearest === undefined ? `possible here: ${candidates.join(', ')}` : `did you mean "${nearest}"?`
}
