import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { HearthProcess } from '../soak/hearth-process.ts'
import { comeBackWithoutDevices } from './dehydrated.ts'
import { talkWithJsSdk } from './js-sdk.ts'
import { hasNio, talkWithNio } from './nio.ts'

const folder = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
const server = await HearthProcess.create(folder, { registration: { enabled: true } })
await server.start()
t.teardown(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
  // matrix-js-sdk leaves timers behind that would keep this process for minutes.
  setTimeout(() => process.exit(), 200)
})

const nio = await hasNio() ? {} : { skip: 'Python has no matrix-nio here: pip install matrix-nio' }

await t.test('matrix-js-sdk', (test) => talkWithJsSdk(test, server))
await t.test('matrix-js-sdk with a dehydrated device', (test) => comeBackWithoutDevices(test, server))
await t.test('matrix-nio', nio, (test) => talkWithNio(test, server))
