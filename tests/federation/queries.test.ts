import './queries/edus.ts'
import './queries/hierarchies.ts'
import './queries/keys.ts'
import './queries/lookups.ts'
