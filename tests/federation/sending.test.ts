import './sending/one-peer.ts'
import './sending/outage.ts'
import './sending/outboxes.ts'
import './sending/towns.ts'
