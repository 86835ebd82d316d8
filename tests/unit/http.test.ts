import './http/compression.ts'
import './http/operation-table.ts'
