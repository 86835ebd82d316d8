/** A path of the Server-Server API, each part encoded: `federationPath('v1', 'make_join', roomId, userId)`. */
export function federationPath(version: 'v1' | 'v2', ...parts: readonly string[]): string {
  return `/_matrix/federation/${version}/${parts.map(encodeURIComponent).join('/')}`
}

/** The path with a query; what is undefined is left out, and each item of a list has a parameter of its own. */
export function withQuery(
  path: string, query: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of typeof value === 'object' ? value : [value]) search.append(name, String(one))
  }
  return search.size === 0 ? path : `${path}?${search.toString().replaceAll('+', '%20')}`
}
