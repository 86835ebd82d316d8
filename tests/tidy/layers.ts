import { importsOf, placeOf, type Source } from './source.ts'

/**
 * The rooms of the house, from the one that needs nothing to the one that needs all. A room imports itself and those on
 * earlier lines, and none beside it on its own line.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['util'],
  ['spec'],
  ['matrix'],
  ['config'],
  ['store'],
  ['bus'],
  ['streams'],
  ['remote'],
  ['members'],
  ['users'],
  ['encryption'],
  ['rooms'],
  ['account-flows'],
  ['federation'],
  ['media'],
  ['notifications'],
  ['sync', 'search', 'push', 'appservices'],
  ['services.ts'],
  ['http'],
  ['client-api', 'federation-api', 'admin-api', 'pages'],
  ['workers', 'cli'],
  ['server.ts'],
  ['main.ts'],
]

const roomOf = (path: string): string => path.split('/')[1] ?? ''
const rankOf = (room: string): number => LAYERS.findIndex((layer) => layer.includes(room))

/** Imports that go up the wrong way, and folders that stand in no layer. */
export function findLayerBreaches(sources: readonly Source[]): string[] {
  const breaches = new Set<string>()
  for (const source of sources) {
    const from = roomOf(source.path)
    if (rankOf(from) === -1) breaches.add(`${source.path}: the folder "${from}" stands in no layer`)
    for (const { target, node } of importsOf(source)) {
      const to = target === undefined ? from : roomOf(target)
      const isAllowed = from === to || rankOf(to) < rankOf(from)
      if (!isAllowed) breaches.add(`${placeOf(source, node)}: ${from} may not import ${target ?? to}`)
      if (target !== undefined && !target.startsWith('src/')) breaches.add(`${placeOf(source, node)}: imports ${target} from outside src`)
    }
  }
  return [...breaches]
}

/** Files that import each other, types included, each circle once. */
export function findCircles(sources: readonly Source[]): string[] {
  const targets = new Map(sources.map((source) => [source.path, importsOf(source).flatMap(({ target }) => target ?? [])]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) circles.push([...above.slice(above.indexOf(path)), path].join(' → '))
    if (done.has(path)) return
    done.add(path)
    for (const target of targets.get(path) ?? []) visit(target, [...above, path])
  }
  for (const path of targets.keys()) visit(path, [])
  return circles
}
