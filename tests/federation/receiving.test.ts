import './receiving/history.ts'
import './receiving/served-reads.ts'
import './receiving/transactions.ts'
