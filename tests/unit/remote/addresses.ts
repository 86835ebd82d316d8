import t from 'tap'
import { isAllowedAddress } from '../../../src/remote/addresses.ts'

const PUBLIC = ['9.9.9.9', '1.1.1.1', '2a01:4f8::1', '::ffff:9.9.9.9', '64:ff9b::909:909']

const OWN = [
  '127.0.0.1', '127.255.0.3', '0.0.0.0', '::', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '10.1.2.3', '172.16.0.1', '192.168.1.1',
  '100.64.0.1', 'fc00::1', 'fd12::1',
]

const NEVER = [
  '169.254.169.254', '::ffff:169.254.169.254', 'fd00:ec2::254', '100.100.100.200', 'fe80::1', 'fe80::1%eth0', '2002:7f00:1::', '240.0.0.1',
  '255.255.255.255', '224.0.0.1', 'ff02::1', '192.0.2.1', '198.18.0.1', '2001:db8::1', '2001::1', 'fec0::1', '64:ff9b:1::7f00:1', '100::1',
  '4000::1', '2130706433', '0x7f.1', '①②⑦.0.0.1', 'localhost', '',
]

t.test('a request goes to addresses of the public internet alone, and to one\'s own where that is wished', async (t) => {
  for (const address of PUBLIC) {
    t.ok(isAllowedAddress(address, { allowPrivateAddresses: false }), address)
    t.ok(isAllowedAddress(address, { allowPrivateAddresses: true }), address)
  }
  for (const address of OWN) {
    t.notOk(isAllowedAddress(address, { allowPrivateAddresses: false }), address)
    t.ok(isAllowedAddress(address, { allowPrivateAddresses: true }), address)
  }
  for (const address of NEVER) {
    t.notOk(isAllowedAddress(address, { allowPrivateAddresses: false }), address)
    t.notOk(isAllowedAddress(address, { allowPrivateAddresses: true }), address)
  }
})
