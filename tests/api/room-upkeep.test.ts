import './upkeep/retention.ts'
import './upkeep/purge-history.ts'
import './upkeep/delete-room.ts'
import './upkeep/erase-redacted.ts'
