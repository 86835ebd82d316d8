// What concerns people and devices rather than rooms.
import type { Test } from 'tap'
import { eventually } from './eventually.ts'
import type { Body, Person } from './person.ts'
import { shareRoom } from './shared-room.ts'
import type { Pair } from './sides.ts'

export async function showPresence(test: Test, pair: Pair): Promise<void> {
  const { host, guest } = await shareRoom(pair, '10')
  for (const [one, other] of [[host, guest], [guest, host]] as const) {
    const message = `Hello from ${one.userId}`
    await one.call('PUT', ['v3', 'presence', one.userId, 'status'], { body: { presence: 'online', status_msg: message } })
    await eventually(`${other.userId} sees the presence`, async () => {
      const events = (await other.sync())['presence']?.events as { sender: string, content: Body }[] | undefined
      return events?.some(({ sender, content }) => sender === one.userId && content['status_msg'] === message)
    })
  }
  test.pass('presence is seen')
}

export async function askForProfiles(test: Test, { home, away }: Pair): Promise<void> {
  const [one, other] = await Promise.all([home.register('one'), away.register('other')])
  for (const [asks, asked] of [[one, other], [other, one]] as const) {
    await asked.call('PUT', ['v3', 'profile', asked.userId, 'displayname'], { body: { displayname: 'Named' } })
    test.equal((await asks.call('GET', ['v3', 'profile', asked.userId]))['displayname'], 'Named', 'a profile is found')
  }
}

const deviceKeys = ({ userId, deviceId }: Person): object => ({
  user_id: userId, device_id: deviceId, algorithms: ['m.olm.v1.curve25519-aes-sha2'],
  keys: { [`curve25519:${deviceId}`]: 'A'.repeat(43), [`ed25519:${deviceId}`]: 'B'.repeat(43) },
  signatures: { [userId]: { [`ed25519:${deviceId}`]: 'C'.repeat(86) } },
})

export async function talkBetweenDevices(test: Test, pair: Pair): Promise<void> {
  const { host, guest } = await shareRoom(pair, '10')
  for (const [one, other] of [[host, guest], [guest, host]] as const) {
    const since = (await other.sync())['next_batch'] as string
    await one.call('POST', ['v3', 'keys', 'upload'], {
      body: { device_keys: deviceKeys(one), one_time_keys: { 'curve25519:one': 'D'.repeat(43) } },
    })
    await eventually(`${other.userId} learns of new keys`, async () =>
      ((await other.sync(since))['device_lists']?.changed as string[] | undefined)?.includes(one.userId))
    const keys = await eventually(`${other.userId} finds the keys`, async () => {
      const answer = await other.call('POST', ['v3', 'keys', 'query'], { body: { device_keys: { [one.userId]: [] } } })
      return answer['device_keys']?.[one.userId]?.[one.deviceId] as Body | undefined
    })
    test.strictSame(keys['keys'], (deviceKeys(one) as Body)['keys'], 'keys of a device')
    const claimed = await other.call('POST', ['v3', 'keys', 'claim'], {
      body: { one_time_keys: { [one.userId]: { [one.deviceId]: 'curve25519' } } },
    })
    test.equal(claimed['one_time_keys']?.[one.userId]?.[one.deviceId]?.['curve25519:one'], 'D'.repeat(43), 'a key for one time')
    await sendToDevice(test, one, other)
  }
}

async function sendToDevice(test: Test, one: Person, other: Person): Promise<void> {
  const lines = ['first', 'second', 'third']
  for (const line of lines) {
    await one.call('PUT', ['v3', 'sendToDevice', 'org.example.note', `${line}-${one.deviceId}`], {
      body: { messages: { [other.userId]: { [other.deviceId]: { line } } } },
    })
  }
  const received = await eventually(`${other.userId} receives`, async () => {
    const events = ((await other.sync())['to_device']?.events ?? []) as { type: string, content: Body }[]
    const notes = events.filter(({ type }) => type === 'org.example.note').map(({ content }) => content['line'] as string)
    return notes.length >= lines.length && notes
  })
  test.strictSame(received, lines, 'messages to a device, in order and once')
}
