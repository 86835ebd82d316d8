import { isJsonObject, LOSSLESS, ownValue, parseJson, type JsonValue } from '../matrix/json.ts'
import type { SigningKey } from '../matrix/signing.ts'
import { xMatrixHeader } from '../matrix/x-matrix.ts'
import type { FederationReach } from '../remote/build-remote.ts'
import { fetchKeys } from '../remote/key-sources.ts'
import type { NoAnswer, Problem } from '../remote/outcome.ts'
import { withQuery } from '../remote/path.ts'
import type { ResolutionStep, Target } from '../remote/resolver.ts'
import type { Clock } from '../util/clock.ts'

/** What a step of the test found. A note is nothing bad. */
export interface Finding {
  readonly kind: 'success' | 'note' | 'failure'
  readonly step: string
  readonly text: string
  readonly fix?: string
}

export interface FederationTestParts {
  readonly reach: FederationReach
  readonly clock: Clock
  /** Who we are, and what we sign with. */
  readonly serverName: string
  readonly signingKey: SigningKey
}

const LIMITS = { timeoutMs: 15_000, sizeBytesMax: 1024 * 1024 }
const VERSION_PATH = '/_matrix/federation/v1/version'

/**
 * Goes the way to another server step by step, then the way to us, then asks it something that it answers only if it has
 * found us.
 */
export async function* testFederation(parts: FederationTestParts, server: string): AsyncGenerator<Finding> {
  const targets = yield* findTargets(parts, server)
  let reached = false
  for (const target of targets) {
    const finding = await tryTarget(parts, target)
    yield finding
    reached ||= finding.kind === 'success'
    if (reached) break
  }
  if (!reached) return
  const keys = await fetchKeys(parts.reach.servers, server, parts.clock)
  if (!keys.ok) {
    yield failure('keys', keys.message, `${server} has to publish its keys at /_matrix/key/v2/server; a proxy may not pass that on.`)
    return
  }
  yield success('keys', keys.answer.keys.map(({ keyId }) => keyId).join(', '))
  yield* findOurselves(parts)
  yield await askSigned(parts, server)
}

async function* findTargets({ reach }: FederationTestParts, server: string): AsyncGenerator<Finding, readonly Target[]> {
  const resolution = await reach.resolver.resolve(server)
  for (const step of resolution.steps) yield describeStep(step)
  if (resolution.ok) return resolution.targets
  yield failure('name', resolution.message, 'The owner of the name has to take this SRV record away, or name a host in it.')
  return []
}

function describeStep(step: ResolutionStep): Finding {
  switch (step.kind) {
    case 'literal':
      return note('name', `${step.name} is an address, and nothing else is looked up.`)
    case 'port':
      return note('name', `${step.name} says its port, and nothing else is looked up.`)
    case 'well-known':
      return step.answer.ok
        ? success('well-known', `https://${step.name}/.well-known/matrix/server names ${step.answer.delegatedName}`)
        : note('well-known', `https://${step.name}/.well-known/matrix/server names no server: ${step.answer.message}`)
    case 'srv':
      if (step.problem !== undefined) return note('SRV', `${step.name}: ${step.problem}`)
      return step.services === 0 ? note('SRV', `${step.name}: no such record`) : success('SRV', `${step.name}: ${step.services} found`)
    case 'default-port':
      return note('port', `Nothing says another port, so it is 8448 of ${step.name}.`)
  }
}

const FIXES: Readonly<Record<Problem, string>> = {
  name: 'Is the name spelled right? It needs an A or AAAA record. A name from /.well-known or SRV has to be corrected there.',
  address: 'If it is meant to be in a private network, set federation.allow_private_addresses: true.',
  connection: 'A server has to listen there, and firewalls on both sides have to let TCP through to that port.',
  certificate: 'It needs a certificate for this name, with its chain, of a public authority; for one of your own set federation.ca_file.',
  broken: 'What listens there may not be a web server, or a proxy cuts connections; look at its log.',
  time: 'The server or a proxy before it is overloaded, or drops packets; try again, then look at its log.',
  size: 'What answers there is no homeserver.',
  redirect: 'What answers there is no homeserver.',
  protocol: 'What answers there is no homeserver, or its proxy compresses what was asked for uncompressed.',
  aborted: 'Try again.',
}

async function tryTarget({ reach }: FederationTestParts, { endpoint, host }: Target): Promise<Finding> {
  const place = `${endpoint.host}:${endpoint.port}${endpoint.certificateName === endpoint.host ? '' : ` as ${endpoint.certificateName}`}`
  const answer = await reach.client.request({ endpoint, method: 'GET', path: VERSION_PATH, headers: { host }, ...LIMITS })
  if (!answer.ok) return unreachable(answer)
  const json = readJson(answer.body)
  const server = isJsonObject(json) ? ownValue(json, 'server') : undefined
  if (answer.status !== 200 || !isJsonObject(server)) {
    return failure('version', `${place} answers, with status ${answer.status}, and not like a homeserver.`,
      `Its reverse proxy has to pass /_matrix/federation on to the homeserver, with the Host header ${host}.`)
  }
  return success('version', `${place} is ${String(ownValue(server, 'name') ?? 'nameless')} ${String(ownValue(server, 'version') ?? '')}`)
}

const STEPS: Readonly<Partial<Record<Problem, string>>> = {
  name: 'address', address: 'address', connection: 'connection', certificate: 'certificate',
}

function unreachable({ problem, message }: NoAnswer): Finding {
  return failure(STEPS[problem] ?? 'answer', message, FIXES[problem])
}

/** Others go the same way to us, from outside: what fails here already fails for them. */
async function* findOurselves({ reach, clock, serverName, signingKey }: FederationTestParts): AsyncGenerator<Finding> {
  const keys = await fetchKeys(reach.servers, serverName, clock)
  if (keys.ok) {
    const isOurs = keys.answer.keys.some(({ keyId, publicKey }) => keyId === signingKey.keyId && publicKey === signingKey.publicKey)
    yield isOurs
      ? success('way to us', `${serverName} leads here and publishes our key ${signingKey.keyId}.`)
      : failure('way to us', `${serverName} leads to a server with other keys than ${signingKey.keyId}.`,
        'Another server answers for this name, or signing_key_path names the key of another. Only one of them can be right.')
  } else if ('unreachable' in keys && keys.problem === 'address') {
    yield note('way to us', `${keys.message} From here that says nothing about the way from outside.`)
  } else {
    yield failure('way to us', keys.message,
      `Start Hearth, and its proxy. Others look at https://${serverName}/.well-known/matrix/server, SRV records, ${serverName}:8448.`)
  }
}

/** A server that answers this with anything but a refusal of the signature has fetched our keys, from us or from a notary. */
async function askSigned({ reach, serverName: origin, signingKey }: FederationTestParts, destination: string): Promise<Finding> {
  const uri = withQuery('/_matrix/federation/v1/query/profile', { user_id: `@hearth-federation-test:${destination}` })
  const authorization = xMatrixHeader({ method: 'GET', uri, origin, destination, content: undefined }, signingKey)
  const answer = await reach.servers.request(destination, { method: 'GET', path: uri, headers: { authorization }, ...LIMITS })
  if (!answer.ok) return unreachable(answer)
  const json = readJson(answer.body)
  const error = isJsonObject(json) ? String(ownValue(json, 'error') ?? '') : ''
  if (isJsonObject(json) && ownValue(json, 'errcode') === 'M_UNRECOGNIZED') {
    return note('way back', `${destination} does not know the question, so that it cannot be told whether it finds us.`)
  }
  if (answer.status === 401) {
    return failure('way back', `${destination} does not accept our signature: ${error}`,
      `It has to reach ${origin} to learn our keys. Open the way to us from outside, and let the machine's clock be right.`)
  }
  if (answer.status === 403) {
    return failure('way back', `${destination} knows who we are, and refuses: ${error}`, `Its operator may have excluded ${origin}.`)
  }
  if (answer.status >= 500) return failure('way back', `${destination} failed with status ${answer.status}: ${error}`, 'Try again later.')
  return success('way back', `${destination} accepts what ${origin} signs.`)
}

function readJson(bytes: Buffer): JsonValue | undefined {
  const parsed = parseJson(bytes, LOSSLESS)
  return parsed.ok ? parsed.value : undefined
}

const success = (step: string, text: string): Finding => ({ kind: 'success', step, text })
const note = (step: string, text: string): Finding => ({ kind: 'note', step, text })
const failure = (step: string, text: string, fix: string): Finding => ({ kind: 'failure', step, text, fix })
