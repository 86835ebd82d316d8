import './queries/hierarchies.ts'
import './queries/lookups.ts'
import './queries/keys.ts'
