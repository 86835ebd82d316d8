import './membership/hostile-peer.ts'
import './membership/partial-join.ts'
import './membership/third-party.ts'
import './membership/two-servers.ts'
