import './receiving/history.ts'
import './receiving/hostile.ts'
import './receiving/served-reads.ts'
import './receiving/transactions.ts'
