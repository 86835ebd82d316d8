import { isJsonObject, LOSSLESS, parseJson, type JsonObject } from '../../../src/matrix/json.ts'

/** The object that a JSON text is, read without a loss. */
export function parseObject(text: string): JsonObject {
  const parsed = parseJson(text, LOSSLESS)
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(text)
  return parsed.value
}
