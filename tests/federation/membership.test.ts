import './membership/hostile-peer.ts'
import './membership/partial-join.ts'
import './membership/two-servers.ts'
