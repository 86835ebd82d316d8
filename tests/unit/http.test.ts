import './http/operation-table.ts'
