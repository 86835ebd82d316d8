// The checkers of the soak are tested on small ledgers: a sound one, and one for each thing that must be found.
import t from 'tap'
import { checkLedger, type CheckName } from './soak/checkers.ts'
import { checkKeys, type Claim } from './soak/one-time-keys/key-ledger.ts'
import { toLedger, type Batch, type Entry, type RoomBatch, type SeenEvent } from './soak/ledger.ts'

const roomId = '!room:localhost'
const alice = '@alice:localhost'
const bob = '@bob:localhost'

const message = (sender: string, mark: string): SeenEvent => ({ eventId: `$${mark}`, sender, mark })
const counter = (value: number): SeenEvent => ({ eventId: `$counter-${value}`, sender: alice, counter: value })
const created: SeenEvent = { eventId: '$created', sender: alice }

const events = [
  created, message(alice, 'a-0'), message(bob, 'b-0'), counter(1), message(alice, 'a-1'), counter(2), message(bob, 'b-1'),
]

function intent(client: string, txnId: string, atMs: number): Entry {
  return { kind: 'intent', client, roomId, txnId, sequence: Number(txnId.slice(2)), atMs }
}

function ack(client: string, txnId: string, atMs: number, eventId = `$${txnId}`): Entry {
  return { kind: 'ack', client, roomId, txnId, eventId, atMs }
}

function batch(reader: string, startedMs: number, room: Partial<RoomBatch>): Batch {
  const rooms = [{ roomId, fill: [], state: [], timeline: [], ...room }]
  return { kind: 'batch', reader, startedMs, endedMs: startedMs + 5, rooms }
}

const pick = (...indexes: number[]) => indexes.flatMap((index) => events[index] ?? [])

const doings: readonly Entry[] = [
  intent(alice, 'a-0', 0), ack(alice, 'a-0', 10), intent(bob, 'b-0', 12), ack(bob, 'b-0', 20),
  { kind: 'counter', roomId, counter: 1, eventId: '$counter-1', atMs: 22 },
  intent(alice, 'a-1', 25), ack(alice, 'a-1', 30), ack(alice, 'a-1', 31),
  { kind: 'counter', roomId, counter: 2, eventId: '$counter-2', atMs: 32 },
  intent(bob, 'b-1', 33), ack(bob, 'b-1', 40),
]
const aliceReads: readonly Entry[] = [
  batch(alice, 1, { timeline: pick(0) }), batch(alice, 15, { timeline: pick(1, 2) }),
  batch(alice, 50, { fill: pick(3, 4), state: pick(3), timeline: pick(5, 6) }), batch(alice, 60, {}),
]
const bobReads: readonly Entry[] = [
  batch(bob, 11, { timeline: pick(1) }), batch(bob, 21, { timeline: pick(2, 3) }), batch(bob, 51, { timeline: pick(4, 5, 6) }),
]
const history: Entry = { kind: 'history', roomId, events }
const sound: readonly Entry[] = [...doings, ...aliceReads, ...bobReads, history]

function checksOf(entries: readonly Entry[]): CheckName[] {
  return [...new Set(checkLedger(toLedger(entries)).map((finding) => finding.check))].sort()
}

const withHistory = (changed: readonly SeenEvent[]) =>
  checksOf([...doings, ...aliceReads, ...bobReads, { ...history, events: changed }])
const withBobReading = (...reads: readonly Entry[]) => checksOf([...doings, ...aliceReads, ...reads, history])

t.test('a sound ledger has no finding', async (t) => {
  t.same(checkLedger(toLedger(sound)), [])
})

t.test('what was never acknowledged may be there or not', async (t) => {
  const unacknowledged = intent(alice, 'a-2', 70)
  t.same(checksOf([...sound, unacknowledged]), [])
  const last = message(alice, 'a-2')
  const everyoneGotIt = [batch(alice, 70, { timeline: [last] }), batch(bob, 70, { timeline: [last] })]
  const longer = { ...history, events: [...events, last] }
  t.same(checksOf([...doings, ...aliceReads, ...bobReads, unacknowledged, ...everyoneGotIt, longer]), [])
})

t.test('an acknowledged event that is gone is found', async (t) => {
  t.ok(withHistory(pick(0, 1, 2, 3, 5, 6)).includes('acknowledged is lost'))
  const readOnly = [...aliceReads, { ...history, events: pick(0, 1, 2, 3, 4, 5) }]
  t.ok(checksOf([...doings, ...readOnly]).includes('acknowledged is lost'), 'also where only the sender knows of it')
  t.ok(withHistory(pick(0, 1, 2, 3, 4, 6)).includes('acknowledged is lost'), 'also where it is state')
})

t.test('an event with another body or sender than was sent is found', async (t) => {
  const changed = events.map((event) => event.mark === 'b-0' ? { ...event, sender: alice } : event)
  t.same(withHistory(changed), ['stored otherwise than sent'])
})

t.test('a message that was stored twice is found', async (t) => {
  t.ok(withHistory([...events, { ...message(alice, 'a-1'), eventId: '$other' }]).includes('sent once, stored twice'))
  t.ok(withHistory([...events, ...pick(4)]).includes('sent once, stored twice'))
})

t.test('a transaction id that gave two events is found', async (t) => {
  t.same(checksOf([...sound, ack(alice, 'a-1', 80, '$b-1')]).includes('one transaction, two events'), true)
})

t.test('messages of one client in another order than it sent them are found', async (t) => {
  t.ok(withHistory(pick(0, 4, 2, 3, 1, 5, 6)).includes('client order'))
})

t.test('an event that a reader missed is found, in the middle and at the end', async (t) => {
  t.same(withBobReading(batch(bob, 11, { timeline: pick(1, 2, 3) }), batch(bob, 51, { timeline: pick(5, 6) })), ['missed event'])
  t.same(withBobReading(batch(bob, 11, { timeline: pick(1, 2, 3, 4, 5) })), ['missed event'])
})

t.test('a reader begins where its first sync began', async (t) => {
  t.same(withBobReading(batch(bob, 5, { timeline: pick(4, 5, 6) })), [])
})

t.test('an event that a reader got twice is found', async (t) => {
  const overlapping = [batch(bob, 11, { timeline: pick(1, 2) }), batch(bob, 21, { timeline: pick(2, 3, 4, 5, 6) })]
  t.same(withBobReading(...overlapping), ['repeated event'])
})

t.test('two readers that saw another order are found', async (t) => {
  t.same(withBobReading(batch(bob, 11, { timeline: pick(1, 2, 3, 5, 4, 6) })), ['reader order'])
})

t.test('an own event that the next sync does not bring is found', async (t) => {
  const tooLate = [batch(bob, 11, { timeline: pick(1) }), batch(bob, 21, {}), batch(bob, 51, { timeline: pick(2, 3, 4, 5, 6) })]
  t.same(withBobReading(...tooLate), ['unread own write'])
})

t.test('state that goes back is found', async (t) => {
  const backwards = [batch(bob, 11, { timeline: pick(1, 2, 3, 4, 5, 6) }), batch(bob, 60, { state: pick(3) })]
  t.same(withBobReading(...backwards), ['state went back'])
})

t.test('a reader that ends with an old state is found', async (t) => {
  t.same(withBobReading(batch(bob, 11, { timeline: pick(1, 2, 3, 4, 6) })), ['missed event'])
})

t.test('a refusal is found', async (t) => {
  const refusal: Entry = { kind: 'refusal', client: bob, what: 'PUT /send', status: 404, answer: 'M_UNRECOGNIZED', atMs: 90 }
  t.same(checksOf([...sound, refusal]), ['refused'])
})

t.test('keys that are given twice, out of order or made up, or are gone, are found', async (t) => {
  const uploaded = new Map([['pile', new Map([['k:a', 'A'], ['k:b', 'B'], ['k:c', 'C']])]])
  const claim = (startedMs: number, name?: string | null): Claim => {
    const given = name === undefined || name === null ? name : { name, content: name.slice(-1).toUpperCase() }
    return { pile: 'pile', startedMs, endedMs: startedMs + 10, given }
  }
  const check = (...claims: Claim[]) => checkKeys({ uploaded, claims, ends: [] })
  const rightly = [claim(0, 'k:a'), claim(20, 'k:b'), claim(40, 'k:c'), claim(60, null)]
  t.same(check(...rightly), { findings: [], returned: 0, vanished: 0 })
  t.same(check(claim(0, 'k:b'), claim(5, 'k:a'), claim(40, 'k:c')).findings, [], 'of two at a time either may be first')
  t.match(check(...rightly, claim(80, 'k:b')).findings, [/given 2 times/, /after a later one/, /only 0 claims/])
  t.match(check(claim(0, 'k:b'), claim(20, 'k:a'), claim(40, 'k:c')).findings, [/a came after a later one/, /only 0 claims/])
  t.same(check(claim(0), claim(5, 'k:b'), claim(20, 'k:a'), claim(40, 'k:c')), { findings: [], returned: 1, vanished: 0 }, 'one was undone')
  t.match(check(claim(0, 'k:a'), claim(20, 'k:c')).findings, [/1 are gone/])
  t.same(check(claim(0, 'k:a'), claim(10), claim(20, 'k:c')), { findings: [], returned: 0, vanished: 1 })
  t.match(check(...rightly, claim(80, 'k:x')).findings, [/never uploaded so/, /after a later one/, /only 0 claims/])
  const ends = [{ pile: 'pile', told: 1, drained: 0 }]
  t.match(checkKeys({ uploaded, claims: rightly, ends }).findings, [/1 were said to be left, and 0 were/])
})
