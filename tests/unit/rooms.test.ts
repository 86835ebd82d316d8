import './rooms/event-filter.ts'
import './rooms/joined-servers.ts'
import './rooms/recent-events.ts'
import './rooms/recent-receipts.ts'
