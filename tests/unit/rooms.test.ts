import './rooms/event-filter.ts'
import './rooms/recent-receipts.ts'
