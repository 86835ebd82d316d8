import { testAuthChains } from './matrix/auth-chain-cases.ts'
import { testAuthRules } from './matrix/auth-rule-cases.ts'
import { testEvents } from './matrix/event-cases.ts'
import { testIds } from './matrix/id-cases.ts'
import { testJson } from './matrix/json-cases.ts'
import { testJsonInSlices } from './matrix/json-slices-cases.ts'
import { testPolicies } from './matrix/policy-cases.ts'
import { testPowerLevels } from './matrix/power-level-cases.ts'
import { testProperties } from './matrix/property-cases.ts'
import { testPushRules } from './matrix/push-rule-cases.ts'
import { testRetention } from './matrix/retention-cases.ts'
import { testSigning } from './matrix/signing-cases.ts'
import { testStateConflicts } from './matrix/state-conflict-cases.ts'
import { testStateResolution } from './matrix/state-resolution-cases.ts'
import { testVectors } from './matrix/vector-cases.ts'

testJson()
testJsonInSlices()
testIds()
testSigning()
testEvents()
testAuthRules()
testPowerLevels()
testStateResolution()
testStateConflicts()
testAuthChains()
testPushRules()
testPolicies()
testRetention()
testVectors()
testProperties()
