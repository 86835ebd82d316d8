import { isJsonObject, LOSSLESS, ownValue, parseJson, type JsonObject } from '../matrix/json.ts'
import { verifyJson, type VerifyKey } from '../matrix/signing.ts'
import type { Clock } from '../util/clock.ts'
import { readKeyAnswer, type KeyAnswer, type KeyAnswerOutcome } from './key-answer.ts'
import type { WholeAnswer } from './guarded-client.ts'
import type { NoAnswer } from './outcome.ts'
import type { ServerClient } from './server-client.ts'

const LIMITS = { timeoutMs: 10_000, sizeBytesMax: 1024 * 1024 }
const HEADERS = { accept: 'application/json' }

export type FetchedKeys = KeyAnswerOutcome | (NoAnswer & { readonly unreachable: true })

/** What a server says of its keys itself (Server-Server API, Publishing Keys). */
export async function fetchKeys(client: Pick<ServerClient, 'request'>, serverName: string, clock: Clock): Promise<FetchedKeys> {
  const answer = await client.request(serverName, { method: 'GET', path: '/_matrix/key/v2/server', headers: HEADERS, ...LIMITS })
  if (!answer.ok) return { ...answer, unreachable: true }
  const json = readObject(answer)
  if (json === undefined) return { ok: false, message: `${serverName} did not answer with its keys (status ${answer.status}).` }
  return readKeyAnswer(json, serverName, clock.now())
}

/** What is to be found out: for each server its keys, and until when they have to be valid. */
export type KeyWishes = ReadonlyMap<string, ReadonlyMap<string, number>>

/** A server that is asked about others, and its own keys. */
export interface NotaryServer {
  readonly serverName: string
  readonly findKey: (keyId: string) => VerifyKey | undefined
}

/**
 * What a notary says of the keys of others: signed by the notary, by one of the keys that it has itself, and by the server
 * that it speaks of (Server-Server API, Querying Keys Through Another Server).
 */
export async function askNotary(
  client: Pick<ServerClient, 'request'>, notary: NotaryServer, wishes: KeyWishes, clock: Clock,
): Promise<readonly KeyAnswer[]> {
  const headers = { ...HEADERS, 'content-type': 'application/json' }
  const body = writeWishes(wishes)
  const answer = await client.request(notary.serverName, { method: 'POST', path: '/_matrix/key/v2/query', headers, body, ...LIMITS })
  const json = answer.ok ? readObject(answer) : undefined
  const list = json === undefined ? undefined : ownValue(json, 'server_keys')
  if (!Array.isArray(list)) return []
  return list.flatMap((item) => {
    if (!isJsonObject(item) || !verifyJson(item, notary.serverName, notary.findKey)) return []
    const serverName = ownValue(item, 'server_name')
    if (typeof serverName !== 'string' || !wishes.has(serverName)) return []
    const read = readKeyAnswer(item, serverName, clock.now())
    return read.ok ? [read.answer] : []
  })
}

function writeWishes(wishes: KeyWishes): string {
  const servers = [...wishes].map(([serverName, keys]) => [
    serverName, Object.fromEntries([...keys].map(([keyId, validAt]) => [keyId, { minimum_valid_until_ts: validAt }])),
  ] as const)
  return JSON.stringify({ server_keys: Object.fromEntries(servers) })
}

function readObject({ status, body }: WholeAnswer): JsonObject | undefined {
  const parsed = status === 200 ? parseJson(body, LOSSLESS) : undefined
  return parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : undefined
}
