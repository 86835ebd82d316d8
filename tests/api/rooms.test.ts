import t from 'tap'
import { createTestServer } from '../support/server.ts'
import { testAliases } from './rooms/aliases.ts'
import { testCreation } from './rooms/creation.ts'
import { testLimits } from './rooms/limits.ts'
import { testMembers } from './rooms/members.ts'
import { testMemberships } from './rooms/memberships.ts'
import { testMutualRooms } from './rooms/mutual-rooms.ts'
import { testOldSync } from './rooms/old-sync.ts'
import { testPreviews } from './rooms/previews.ts'
import { testRedactions } from './rooms/redactions.ts'
import { testRestrictedJoins } from './rooms/restricted-joins.ts'
import { testSending } from './rooms/sending.ts'
import { testState } from './rooms/state.ts'
import { testVisibility } from './rooms/visibility.ts'
import { createWorld } from './rooms/world.ts'

const registration = { enabled: true, tokensRequired: false, guests: true, sharedSecret: undefined, policies: [] }
const world = createWorld(await createTestServer(t, { registration }))

testCreation(t, world)
testMemberships(t, world)
testRestrictedJoins(t, world)
testMembers(t, world)
testSending(t, world)
testRedactions(t, world)
testState(t, world)
testVisibility(t, world)
testPreviews(t, world)
testOldSync(t, world)
testMutualRooms(t, world)
testAliases(t, world)
testLimits(t)
