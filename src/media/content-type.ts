const TOKEN = '[a-zA-Z0-9!#$&^_.+-]{1,127}'
const CONTENT_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(\\s*;\\s*${TOKEN}=("[^"\\\\\\r\\n]*"|${TOKEN})){0,5}$`)

/** What a client may show in place; anything else is offered as a download (Client-Server API, Content repository). */
const INLINE: ReadonlySet<string> = new Set([
  'text/css', 'text/plain', 'text/csv', 'application/json', 'application/ld+json',
  'image/jpeg', 'image/gif', 'image/png', 'image/apng', 'image/webp', 'image/avif',
  'video/mp4', 'video/webm', 'video/ogg', 'video/quicktime',
  'audio/mp4', 'audio/webm', 'audio/aac', 'audio/mpeg', 'audio/ogg', 'audio/wave', 'audio/wav', 'audio/x-wav', 'audio/x-pn-wav',
  'audio/flac', 'audio/x-flac',
])

const NAME_LENGTH_MAX = 255

/** The media type that a client stated, or the one for bytes of which nothing is known. */
export function contentTypeOf(stated: string | undefined): string {
  return stated !== undefined && CONTENT_TYPE.test(stated) ? stated : 'application/octet-stream'
}

/** How a browser is to treat a file, with its name where it has one (RFC 6266). */
export function contentDisposition(contentType: string, name: string | undefined): string {
  const [essence = ''] = contentType.split(';')
  const how = INLINE.has(essence.trim().toLowerCase()) ? 'inline' : 'attachment'
  const clean = cleanName(name)
  if (clean === '') return how
  const isPlain = /^[a-zA-Z0-9!#$&+.^_`|~ ()-]+$/.test(clean)
  return isPlain ? `${how}; filename="${clean}"` : `${how}; filename*=utf-8''${encodeExtended(clean)}`
}

/** The name that another server gives a file (RFC 6266). */
export function fileNameOf(disposition: string | undefined): string | undefined {
  const extended = /;\s*filename\*=utf-8''([^;\s]+)/i.exec(disposition ?? '')?.[1]
  const plain = /;\s*filename=(?:"([^"]*)"|([^;\s]+))/i.exec(disposition ?? '')
  const name = cleanName(extended === undefined ? plain?.[1] ?? plain?.[2] : decodeExtended(extended))
  return name === '' ? undefined : name
}

function decodeExtended(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Names come from people: no control characters, nothing that turns the direction of writing, no paths. */
function cleanName(name: string | undefined): string {
  const clean = (name ?? '').toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').replace(/[/\\]/g, '_')
  return clean.slice(0, NAME_LENGTH_MAX).toWellFormed().trim()
}

function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
