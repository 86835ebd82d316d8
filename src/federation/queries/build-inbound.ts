import type { EduHandlers } from '../receiving/edu-handlers.ts'
import { inboundDeviceLists, type InboundDeviceListsParts } from './inbound-device-lists.ts'
import { inboundPresence, type InboundPresenceParts } from './inbound-presence.ts'
import { inboundToDevice, type InboundToDeviceParts } from './inbound-to-device.ts'
import { UnknownDevices } from './unknown-devices.ts'

export interface InboundQueriesParts extends InboundDeviceListsParts, InboundPresenceParts, Omit<InboundToDeviceParts, 'unknownDevices'> {}

/** What other servers tell by themselves about their users and to devices of ours. */
export function buildInboundQueries(parts: InboundQueriesParts): EduHandlers {
  const deviceLists = inboundDeviceLists(parts)
  return new Map([
    ['m.device_list_update', deviceLists.devices],
    ['m.signing_key_update', deviceLists.signing],
    // What the last was called before it was specified; servers still send both.
    ['org.matrix.signing_key_update', deviceLists.signing],
    ['m.direct_to_device', inboundToDevice({ ...parts, unknownDevices: new UnknownDevices(parts) })],
    ['m.presence', inboundPresence(parts)],
  ])
}
