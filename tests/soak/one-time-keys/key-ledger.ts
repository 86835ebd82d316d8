// What devices uploaded and what claimers got, and what may not be in it.

/** A device with an algorithm: keys of one are given in one order. */
export type Pile = string

export interface Claim {
  readonly pile: Pile
  readonly startedMs: number
  readonly endedMs: number
  /** The name of the key that came with its content; null where none was left, undefined where there was no answer. */
  readonly given: { readonly name: string, readonly content: string } | null | undefined
}

export interface KeyLedger {
  /** What was ever uploaded, by pile: the contents by the names, in the order of upload. */
  readonly uploaded: ReadonlyMap<Pile, ReadonlyMap<string, string>>
  readonly claims: readonly Claim[]
  /** How many keys the server said were left when all was quiet, and how many it then gave. */
  readonly ends: readonly { readonly pile: Pile, readonly told: number, readonly drained: number }[]
}

export interface KeyFindings {
  readonly findings: readonly string[]
  /** Keys whose claim broke off and was undone, and that came after later ones. */
  readonly returned: number
  /** Keys that went with claims whose answers never came. */
  readonly vanished: number
}

export function checkKeys({ uploaded, claims, ends }: KeyLedger): KeyFindings {
  const findings: string[] = []
  let [returned, vanished] = [0, 0]
  for (const [pile, ofPile] of Map.groupBy(claims, (claim) => claim.pile)) {
    const contents = uploaded.get(pile) ?? new Map<string, string>()
    const counts = Map.groupBy(ofPile.flatMap(({ given }) => given ?? []), ({ name }) => name)
    for (const [name, { length }] of counts) if (length > 1) findings.push(`${pile} ${name} was given ${length} times`)
    for (const { name, content } of [...counts.values()].flat()) {
      if (contents.get(name) !== content) findings.push(`${pile} ${name} was never uploaded so`)
    }
    const broken = ofPile.filter(({ given }) => given === undefined)
    const late = findLate(ofPile, [...contents.keys()])
    const unexplained = late.filter(({ after }) => !broken.some((each) => overlap(each, after)))
    for (const { claim } of unexplained) findings.push(`${pile} ${claim.given?.name} came after a later one`)
    if (late.length > broken.length) findings.push(`${pile}: ${late.length} came late, though only ${broken.length} claims broke off`)
    returned += late.length
    // What was given twice is counted once.
    const missing = contents.size - counts.size
    if (missing > broken.length) findings.push(`${pile}: ${missing} are gone, though only ${broken.length} claims broke off`)
    vanished += missing
  }
  for (const { pile, told, drained } of ends) {
    if (told !== drained) findings.push(`${pile}: ${told} were said to be left, and ${drained} were`)
  }
  return { findings, returned, vanished }
}

/** Claims that began when a later key had come already, with the claim that this one came with. */
function findLate(claims: readonly Claim[], order: readonly string[]): { readonly claim: Claim, readonly after: Claim }[] {
  const places = new Map(order.map((name, place) => [name, place]))
  const placeOf = (claim: Claim): number => places.get(claim.given?.name ?? '') ?? -1
  const answered = claims.filter(({ given }) => given !== undefined && given !== null)
  const byEnd = answered.toSorted((one, other) => one.endedMs - other.endedMs)
  let [ended, last] = [0, undefined as Claim | undefined]
  return answered.toSorted((one, other) => one.startedMs - other.startedMs).flatMap((claim) => {
    for (let next = byEnd[ended]; next !== undefined && next.endedMs < claim.startedMs; next = byEnd[ended]) {
      if (last === undefined || placeOf(next) > placeOf(last)) last = next
      ended += 1
    }
    return last !== undefined && placeOf(last) > placeOf(claim) ? [{ claim, after: last }] : []
  })
}

const overlap = (one: Claim, other: Claim): boolean => one.startedMs < other.endedMs && other.startedMs < one.endedMs

export function summarizeKeys({ uploaded, claims }: KeyLedger, { findings, returned, vanished }: KeyFindings): string {
  const keys = uploaded.values().reduce((sum, contents) => sum + contents.size, 0)
  const given = claims.filter(({ given: key }) => key !== undefined && key !== null).length
  const broken = claims.filter(({ given: key }) => key === undefined).length
  return [
    `keys             ${keys} uploaded for ${uploaded.size} devices and algorithms, ${given} given,`
      + ` ${vanished} gone with claims that broke off`,
    `claims           ${claims.length}: ${broken} broke off, ${claims.length - given - broken} found none left;`
      + ` ${returned} keys came after later ones, since a claim that had them was undone`,
    findings.length === 0 ? 'result           no key twice, none lost, none out of order' : `result           ${findings.length} findings`,
    ...findings.slice(0, 20).map((finding) => `  ${finding}`),
  ].join('\n')
}
