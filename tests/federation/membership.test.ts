import './membership/two-servers.ts'
