const STANDARD = /^[A-Za-z0-9+/]*={0,2}$/
const URL_SAFE = /^[A-Za-z0-9_-]*={0,2}$/

/** Base64 without padding (appendices, Unpadded Base64). */
export function encodeBase64(bytes: Buffer): string {
  const padded = bytes.toString('base64')
  const padding = padded.indexOf('=')
  return padding === -1 ? padded : padded.slice(0, padding)
}

/** Base64 without padding in the alphabet for URLs (appendices, URL-safe unpadded Base64). */
export function encodeBase64Url(bytes: Buffer): string {
  return bytes.toString('base64url')
}

/** The bytes of a Base64 text of either alphabet, with or without padding; undefined if it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  if (!STANDARD.test(text) && !URL_SAFE.test(text)) return undefined
  const data = text.replace(/=+$/, '')
  return data.length % 4 === 1 ? undefined : Buffer.from(data, 'base64')
}
