import { readFile } from 'node:fs/promises'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import type { Config } from '../config/config.ts'
import type { SigningKey } from '../matrix/signing.ts'
import type { Db } from '../store/database.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Random } from '../util/random.ts'
import { Destinations } from './destinations.ts'
import { GuardedClient } from './guarded-client.ts'
import { KeyRing } from './key-ring.ts'
import { KnownKeys } from './known-keys.ts'
import type { Network } from './network.ts'
import { Notary } from './notary.ts'
import { OwnKeys } from './own-keys.ts'
import { FederationPolicy } from './policy.ts'
import { Resolver } from './resolver.ts'
import { ServerClient } from './server-client.ts'
import { SignedRequests } from './signed-requests.ts'
import { WebClient } from './web-client.ts'
import { WellKnowns } from './well-known.ts'

export interface RemoteParts {
  readonly db: Db
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly config: Pick<Config, 'federation' | 'outboundHttp' | 'wellKnown' | 'serverName'>
  readonly signingKey: SigningKey
  /** Our own version, as in `0.1.0`. */
  readonly version: string
}

/** Asking other servers, and everybody else on the web. */
export interface Remote {
  readonly signedRequests: SignedRequests
  readonly destinations: Destinations
  readonly keyRing: KeyRing
  readonly ownKeys: OwnKeys
  readonly notary: Notary
  readonly federationPolicy: FederationPolicy
  /** For push gateways, application services, previews, identity servers. */
  readonly webClient: WebClient
  /** For URLs that the operator has written down: those may be on this machine or beside it. */
  readonly operatorClient: WebClient
}

/** How other servers are found and spoken to, without anything that is remembered of them. */
export interface FederationReach {
  readonly client: GuardedClient
  readonly wellKnowns: WellKnowns | undefined
  readonly resolver: Resolver
  readonly servers: ServerClient
}

/** Builds how other servers are reached, without asking any. */
export async function buildFederationReach(
  parts: Pick<RemoteParts, 'network' | 'clock' | 'random' | 'config' | 'version'>,
): Promise<FederationReach> {
  const { network, clock, random, config } = parts
  const client = await openClient(config.federation, parts)
  const wellKnowns = config.wellKnown.lookup ? new WellKnowns({ client: new WebClient(client), clock }) : undefined
  const resolver = new Resolver({ network, wellKnowns, clock, random })
  return { client, wellKnowns, resolver, servers: new ServerClient({ client, resolver, clock }) }
}

/** Builds it and reads which servers did not answer when we last ran. */
export async function buildRemote(parts: RemoteParts): Promise<Remote & { close(): Promise<void> }> {
  const { db, clock, log, config, signingKey } = parts
  const { serverName, federation } = config
  const policy = new FederationPolicy({ ...federation, serverName })
  const { client: federationClient, servers } = await buildFederationReach(parts)
  const webClient = new WebClient(await openClient(config.outboundHttp, parts))
  const operatorClient = new WebClient(await openClient({ ...config.outboundHttp, allowPrivateAddresses: true }, parts))
  const destinations = new Destinations(parts)
  await destinations.open()
  const ownKeys = new OwnKeys({ serverName, signingKey, retired: federation.oldVerifyKeys })
  const keyRing = new KeyRing({
    client: servers, known: new KnownKeys(db), ownKeys, policy, destinations, serverName, clock, log,
    notaries: federation.trustedKeyServers,
  })
  return {
    destinations, keyRing, ownKeys, webClient, operatorClient,
    federationPolicy: policy,
    signedRequests: new SignedRequests({ client: servers, policy, destinations, serverName, signingKey }),
    notary: new Notary({ db, keyRing, ownKeys, serverName, clock }),
    async close() {
      await Promise.all([federationClient.close(), webClient.close(), operatorClient.close(), destinations.close()])
    },
  }
}

type ClientSettings = Config['outboundHttp']

type ClientParts = Pick<RemoteParts, 'network' | 'clock' | 'version'>

async function openClient(settings: ClientSettings, { network, clock, version }: ClientParts): Promise<GuardedClient> {
  const secureContext = await readSecureContext(settings.caFile)
  return new GuardedClient({
    network, clock, secureContext, userAgent: `Hearth/${version}`,
    verifyTls: settings.verifyTls, allowPrivateAddresses: settings.allowPrivateAddresses,
  })
}

/** The authorities that the system trusts, and those that the operator trusts besides. */
async function readSecureContext(caFile: string | undefined): Promise<SecureContext> {
  if (caFile === undefined) return createSecureContext()
  return createSecureContext({ ca: [...getCACertificates('default'), await readFile(caFile, 'utf8')] })
}
