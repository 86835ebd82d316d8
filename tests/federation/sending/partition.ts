import t from 'tap'
import { Homeserver } from '../../../bench/homeserver.ts'
import { RoomCheck } from '../../../src/rooms/check/check-room.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { silentLog } from '../../../src/util/log.ts'
import { playPartition } from '../../soak/partitions/partition.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { createFederatedServer } from '../../support/federated-server.ts'
import { TestNetwork } from '../../support/test-network.ts'

const NAMES = ['one.hearth.test', 'two.hearth.test', 'three.hearth.test']
/** More of them are played by `npm run soak -- --partitions`. */
const SEED = 5
const CHANGES = 50

t.test('three servers that were cut off from each other agree again', async (t) => {
  const [network, clock] = [new TestNetwork(), new FakeClock()]
  const servers = await Promise.all(NAMES.map((name) => createFederatedServer(t, name, { network, clock })))
  const settled = async (): Promise<void> => {
    for (let round = 0; round < 3; round += 1) {
      for (const { server, services } of servers) {
        await services.federationSender.settled()
        await server.settled()
      }
    }
  }
  const report = await playPartition({
    islands: servers.map(({ url }, index) => ({ serverName: NAMES[index] ?? '', homeserver: new Homeserver(url) })),
    seed: SEED,
    changes: CHANGES,
    cut: async () => network.cut(),
    heal: async () => network.mend(),
    async wait(ms) {
      clock.advance(ms)
      await settled()
    },
    now: () => clock.now(),
    onProgress: (line) => t.comment(line),
  })
  t.comment(report)
  t.same(report.findings, [])
  t.ok(report.equalAfterMs)
  await settled()
  for (const { services: { rooms, keyRing }, connection } of servers) {
    const room = await rooms.get(report.roomId)
    t.equal(room.extremities().length, 1)
    const database = openDatabase(connection, silentLog, 2)
    const found: string[] = []
    for await (const { message } of new RoomCheck({ db: database.db, keys: keyRing }, room).run(() => undefined)) found.push(message)
    t.same(found, [], 'the room is as its events have it')
    await database.close()
  }
})
