import { CORS_HEADERS } from './cors.ts'

/** A whole response as text, for connections that have left node:http. */
export function rawResponse(status: string, body: string, more: Readonly<Record<string, string>> = {}): string {
  const length = String(Buffer.byteLength(body))
  const headers = ['connection', 'close', 'content-type', 'application/json', 'content-length', length, ...CORS_HEADERS]
  for (const name in more) headers.push(name, more[name] ?? '')
  let text = `HTTP/1.1 ${status}\r\n`
  for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`
  return `${text}\r\n${body}`
}
