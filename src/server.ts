import { hostname } from 'node:os'
import { buildAccountFlows } from './account-flows/build-account-flows.ts'
import { adminEndpoints } from './admin-api/endpoints.ts'
import { buildAppservices } from './appservices/build-appservices.ts'
import { AppserviceNames } from './appservices/names.ts'
import { AppserviceRequests } from './appservices/requests.ts'
import { clientEndpoints } from './client-api/endpoints.ts'
import { ownEndpoints } from './client-api/own-endpoints.ts'
import type { Config } from './config/config.ts'
import { buildEncryption } from './encryption/encryption.ts'
import { buildFederation } from './federation/build-federation.ts'
import { buildAgreements } from './federation/sending/build-sending.ts'
import { buildFederatedMembership } from './federation/membership/build-membership.ts'
import { buildAsking } from './federation/queries/build-asking.ts'
import { RemoteRoomsByRequests } from './federation/remote-rooms.ts'
import { federationEndpoints } from './federation-api/endpoints.ts'
import { Doors } from './http/doors.ts'
import { createFront } from './http/front.ts'
import { InnerDoor } from './http/inner-door.ts'
import type { Probes } from './http/probes.ts'
import { createStandby } from './http/standby.ts'
import type { SigningKey } from './matrix/signing.ts'
import { buildMedia } from './media/build-media.ts'
import { Members } from './members/members.ts'
import { MutualRooms } from './members/mutual-rooms.ts'
import { SharedRooms } from './members/shared-rooms.ts'
import { createPages } from './pages/pages.ts'
import { buildRemote, type Remote } from './remote/build-remote.ts'
import { systemNetwork, type Network } from './remote/network.ts'
import { settleSigningKey } from './remote/settle-signing-key.ts'
import { buildRoomActions, buildRoomCore } from './rooms/build-rooms.ts'
import { buildReceiving } from './rooms/build-receiving.ts'
import { MembershipLimits } from './rooms/membership-limits.ts'
import { buildRoomReading } from './rooms/reading/build-room-reading.ts'
import { buildRoomUpkeep } from './rooms/upkeep/build-room-upkeep.ts'
import type { Services } from './services.ts'
import { openDatabase, type Connection, type Database } from './store/database.ts'
import { Names } from './store/names.ts'
import { prepareDatabase } from './store/prepare-database.ts'
import { ensureServerFact, findServerFact } from './store/server-info.ts'
import { deleteAnswersBefore } from './store/transactions.ts'
import { EphemeralOrder } from './streams/ephemeral-order.ts'
import { openStream, type OpenStream } from './streams/open-stream.ts'
import { takeOver } from './streams/take-over.ts'
import type { Tenure } from './streams/tenure.ts'
import { Transactions } from './streams/transactions.ts'
import { buildSync } from './sync/build-sync.ts'
import { ApplicationServices } from './users/application-services.ts'
import { buildUsers } from './users/build-users.ts'
import type { Clock } from './util/clock.ts'
import { HOUR_MS } from './util/durations.ts'
import { Housekeeping, type Chore } from './util/housekeeping.ts'
import type { Log } from './util/log.ts'
import { createMetrics, type Metrics } from './util/metrics.ts'
import { OperatorError } from './util/operator-error.ts'
import { randomString, type Random } from './util/random.ts'

export interface ServerParts {
  readonly config: Config
  readonly connection: Connection
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Our own version, as in `0.1.0`. */
  readonly version: string
  readonly metrics?: Metrics
  /** Where other machines are found, if not on the internet. */
  readonly network?: Network
  /** Opens the connections, if not in the usual way. */
  readonly openDatabase?: typeof openDatabase
  /** Told once, when the process begins to stand by for another one, which does the work. */
  readonly onStandby?: (urls: readonly string[]) => void
  /** Ends the waiting of a process that stands by. */
  readonly signal?: AbortSignal
}

export interface Server {
  /** Opens the listeners; resolves with their addresses. */
  listen(): Promise<readonly { readonly url: string, readonly port: number }[]>
  /** The link that makes the first administrator's account, while there is none. */
  readonly setupUrl: string | undefined
  /** What the handlers work with, for who has the server in the same process. */
  readonly services: Services
  /** Resolves when nothing is waiting to be written. */
  settled(): Promise<void>
  /** Resolves when another process has taken over: then all that this one has in memory is void. */
  readonly lost: Promise<void>
  /** Tells who waits to come again, when all is lost. What is open stays so: the process has to end. */
  abandon(): Promise<void>
  /** Answers who waits, commits what waits, and lets go of everything within ten seconds. */
  close(): Promise<void>
}

const LOBBY_POOL_MAX = 2
const SECRET_LENGTH = 43
/** So long it is told to all who ask or wait that they should come again. */
const ABANDON_MS = 500
/** A retry of a request may come so late and still gets the first answer. */
const ANSWERS_KEPT_MS = 24 * HOUR_MS

/**
 * Builds every object once, in the order of the layers, and hands each what it needs. While another process holds the
 * leases, this one stands by at its doors; otherwise nothing listens yet.
 */
export async function createServer(parts: ServerParts): Promise<Server> {
  const { config, clock, random, log } = parts
  const metrics = parts.metrics ?? createMetrics()
  const { tenure, doors, inner, epoch: knownEpoch, signingKey } = await holdLeases(parts, metrics)
  const database = (parts.openDatabase ?? openDatabase)(parts.connection, log, config.database.pool.max, tenure)
  const order = await openStream({ database, dataDir: config.dataDir, knownEpoch, clock, log })
  const { close: closeRemote, ...remote } = await buildRemote({
    db: database.db, network: parts.network ?? systemNetwork(), clock, random, log, config, signingKey,
    version: parts.version,
  })
  const house = buildHouse({ ...parts, metrics }, database, order, signingKey, remote)
  const { services, sync } = house
  const front = createFront({
    config, clock, random, log, metrics, tenure, doors, inner,
    requesters: services.accessTokens,
    origins: {
      serverName: config.serverName,
      findObjection: (serverName) => remote.federationPolicy.findObjection(serverName),
      findKey: (serverName, keyId) => remote.keyRing.findCurrent(serverName, keyId),
      sawOrigin: (serverName) => remote.destinations.noteInbound(serverName),
    },
    sync,
    endpoints: [...clientEndpoints, ...ownEndpoints, ...federationEndpoints, ...adminEndpoints].map((make) => make(services)),
    pages: createPages({ config, random, firstAdmin: services.setupLinks, authStages: services.userInteractiveAuth }),
    probes: createProbes(database, tenure),
    drain: () => sync.drain(),
  })
  const housekeeping = new Housekeeping({ clock, log, intervalMs: HOUR_MS, chores: listChores(database, house) })
  await services.upkeep.start()
  await services.deactivation.resume()
  await services.roomMoves.follower.start()
  await house.federation.start()
  await services.registration.registerSenders()
  await services.appserviceQueues.start()
  const setupToken = await services.setupLinks.createIfNeeded()
  return {
    services,
    setupUrl: setupToken === undefined ? undefined : `${config.publicBaseurl}/_hearth/setup?token=${setupToken}`,
    lost: tenure.lost,
    async listen() {
      housekeeping.start()
      return front.listen()
    },
    async settled() {
      await house.federation.settled()
      await order.committer.settled()
      await services.roomMoves.follower.settled()
      await services.appserviceQueues.settled()
      await sync.settled()
    },
    async abandon() {
      void sync.drain()
      await clock.sleep(ABANDON_MS)
    },
    async close() {
      await front.close()
      await housekeeping.close()
      await services.upkeep.close()
      await house.federation.close()
      await services.appserviceQueues.close()
      await services.roomMoves.follower.close()
      await house.close()
      await closeRemote()
      await order.close()
      await tenure.close()
      await database.close()
    },
  }
}

interface Held {
  readonly tenure: Tenure
  readonly doors: Doors
  readonly inner: InnerDoor | undefined
  /** Of restores, as the database knows it. */
  readonly epoch: number
  readonly signingKey: SigningKey
}

/** Brings the schema up to date and takes the leases, as soon as they can be had. */
async function holdLeases(parts: ServerParts, metrics: Metrics): Promise<Held> {
  const { config, clock, random, log, signal } = parts
  const lobby = openDatabase(parts.connection, log, LOBBY_POOL_MAX)
  const { epoch, secret, signingKey } = await prepare(lobby, parts).finally(() => lobby.close())
  const doors = new Doors(config.listeners, { clock, log })
  const standby = createStandby({ clock, random, log, metrics, trustedProxies: config.trustedProxies, secret })
  // Nobody else works on a database that this process keeps.
  const inner = config.database.url === undefined ? undefined : await InnerDoor.open(config.internal, secret)
  let urls: readonly string[] | undefined
  const tenure = await takeOver({
    database: lobby, clock, log, signal,
    address: inner === undefined ? undefined : config.internal.advertise ?? inner.url,
    home: `${hostname()}:${config.dataDir}`,
    async onWait(owner) {
      standby.goTo(owner?.address)
      if (urls !== undefined) return
      urls = (await doors.letIn(standby)).map(({ url }) => url)
      parts.onStandby?.(urls)
    },
  })
  standby.letGo()
  if (tenure !== undefined) return { tenure, doors, inner, epoch, signingKey }
  const closed = Promise.all([doors.close(), inner?.close()])
  doors.cut()
  inner?.cut()
  await closed
  throw new Error('The process was stopped while it stood by')
}

async function prepare({ db }: Database, parts: ServerParts): Promise<Pick<Held, 'epoch' | 'signingKey'> & { readonly secret: string }> {
  const { config, random, log } = parts
  const prepared = await prepareDatabase(db, config.serverName)
  if (!prepared.ok) throw new OperatorError(`${prepared.problem} ${prepared.fix}`)
  if (prepared.applied.length > 0) log.info({ migrations: prepared.applied }, 'The database was brought up to date')
  const secret = await ensureServerFact(db, 'inner_secret', randomString(random, SECRET_LENGTH))
  return { epoch: prepared.epoch, secret, signingKey: await settleSigningKey({ ...parts, db }) }
}

/** Everything between the database and the front. */
function buildHouse(
  parts: ServerParts & { readonly metrics: Metrics }, database: Database, { stream, committer, epoch }: OpenStream,
  signingKey: SigningKey, remote: Remote,
) {
  const { config, clock, random, log, metrics } = parts
  const { db } = database
  const names = new Names(db)
  const members = new Members(db)
  const ephemeral = new EphemeralOrder(random)
  const appservices = new ApplicationServices({ registrations: config.appservices, serverName: config.serverName })
  const requests = new AppserviceRequests(remote)
  const asking = buildAsking({ ...remote, db, stream, clock, log })
  const base = {
    db, stream, committer, epoch, clock, random, log, config, serverName: config.serverName, signingKey, names, members, ephemeral,
    ...asking, appservices, aliasMaker: new AppserviceNames({ appservices, requests }),
  }
  const users = buildUsers(base)
  const sharedRooms = new SharedRooms(base)
  const maySpeakTo = (server: string): boolean => remote.federationPolicy.findObjection(server) === undefined
  const encryption = buildEncryption({ ...base, sharedRooms, maySpeakTo })
  const core = buildRoomCore(base)
  const reading = buildRoomReading({ ...base, ...core, ...users, order: ephemeral })
  const remoteRooms = new RemoteRoomsByRequests(remote.signedRequests)
  const receiving = buildReceiving({ ...base, ...core, remoteRooms, serverKeys: remote.keyRing })
  const membershipLimits = new MembershipLimits({ ...base, rateLimits: config.rateLimits })
  const withLimits = { ...base, ...core, ...users, membershipLimits }
  const agreements = buildAgreements(base)
  const memberships = buildFederatedMembership({ ...withLimits, ...receiving, ...remote, ...agreements })
  const { remoteMemberships, partialJoins: partialRooms } = memberships
  const actions = buildRoomActions({
    ...withLimits, remoteMemberships, partialRooms, relations: reading.relations, listing: reading.directory,
  })
  const upkeep = buildRoomUpkeep({ ...base, ...core, ...reading, ...actions, ...users })
  const flows = buildAccountFlows({ ...withLimits, ...actions, webClient: remote.webClient, users })
  const { course, ...federation } = buildFederation({
    ...base, ...core, ...users, ...reading, ...receiving, ...remote, ...agreements, ...memberships, metrics, remoteRooms,
    encryption,
  })
  const { media, close: closeMedia } = buildMedia({
    ...base, ...remote, folder: config.media.path, uploadBytesMax: config.media.maxUploadBytes,
    remoteKeptMs: config.media.remoteKeptMs, remoteBytesMax: config.media.remoteMaxBytes,
  })
  const sync = buildSync({ ...base, ...core, ...reading, ...users, sharedRooms, encryption })
  const served = buildAppservices({ ...base, ...core, ...reading, ...actions, ...users, encryption, requests })
  const services: Services = {
    ...remote, ...core, ...receiving, ...reading, ...actions, ...upkeep, ...flows, ...federation, ...memberships, ...users,
    ...served, appservices, clock, config, encryption, media, members, signingKey, sync,
    mutualRooms: new MutualRooms(base),
    transactions: new Transactions(db), version: parts.version,
  }
  return {
    services, sync,
    federation: course,
    async close() {
      await sync.close()
      await core.stateResolver.close()
      await users.presence.close()
      await users.sightings.flush()
      await closeMedia()
    },
  }
}

function listChores({ db }: Database, { services, federation }: Pick<ReturnType<typeof buildHouse>, 'services' | 'federation'>): Chore[] {
  const { clock, destinations, encryption, media, upkeep } = services
  return [
    { name: 'destinations', run: async () => destinations.forgetOld() },
    { name: 'answers', run: () => deleteAnswersBefore(db, clock.now() - ANSWERS_KEPT_MS) },
    { name: 'media', run: () => media.deleteExpired() },
    { name: 'messages to devices', run: () => encryption.toDevice.dropOld() },
    { name: 'encryption log', run: () => encryption.log.forgetOld() },
    ...upkeep.chores,
    ...federation.chores,
  ]
}

function createProbes({ db }: Database, tenure: Tenure): Probes {
  return {
    role: 'owner',
    live: [],
    ready: [{
      name: 'leases',
      findFault: async () => await tenure.confirm() ? undefined : 'It is not known whether this process still has the leases.',
    }, {
      name: 'database',
      findFault: () => findServerFact(db, 'server_name').then(
        () => undefined, (error: unknown) => `PostgreSQL does not answer: ${String(error)}`,
      ),
    }],
  }
}
