import t from 'tap'
import { Dice } from '../soak/dice.ts'
import { createTestServer } from '../support/server.ts'
import { fuzzEvents } from './fuzz/events.ts'
import { fuzzOperations } from './fuzz/operations.ts'

/** The same seed asks the same; what fails names it. */
const seed = Number(process.env['HEARTH_FUZZ_SEED'] ?? 1)
const dice = new Dice(seed)
const server = await createTestServer(t)

t.test('no field of any operation brings a fault about', async (t) => fuzzOperations(t, server, dice, seed))
t.test('no content of any event brings a fault about', async (t) => fuzzEvents(t, server, dice, seed))
