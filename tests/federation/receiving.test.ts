import './receiving/served-reads.ts'
