import './receiving/served-reads.ts'
import './receiving/transactions.ts'
