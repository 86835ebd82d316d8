import './membership/hostile-peer.ts'
import './membership/two-servers.ts'
