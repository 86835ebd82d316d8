import { notABaseUrl, notAnAddress } from '../complaints.ts'
import { integer, optionalText, section, text } from '../shapes.ts'

export const internal = section('Where processes that share an outside PostgreSQL hand requests on to the one that does the work.', {
  bind: text('The address of this machine to listen on; one that only the other processes reach.', '127.0.0.1', { complain: notAnAddress }),
  port: integer('The TCP port; 0 for any that is free.', 0, { min: 0, max: 65_535 }),
  advertise: optionalText('The URL at which the others reach this process, where it is not bind and port.', { complain: notABaseUrl }),
})
