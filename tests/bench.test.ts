// The bench's own arithmetic and the parser that its driver reads answers with.
import t from 'tap'
import { AnswerReader } from '../bench/http-answer.ts'
import { findNextBatch } from '../bench/homeserver.ts'
import type { Row } from '../bench/measure.ts'
import { inParallel } from '../bench/parallel.ts'
import { compareRuns, formatMarkdown } from '../bench/ratios.ts'
import { median, percentile } from '../bench/stats.ts'
import { findMistakes } from '../bench/workloads/writers-order.ts'

const withLength = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"hello":42}'
const inChunks = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"hel\r\n7;why=not\r\nlo":42}\r\n0\r\n\r\n'

function readInPieces(text: string, length: number): string[] {
  const reader = new AnswerReader()
  const bodies: string[] = []
  const bytes = Buffer.from(text)
  for (let start = 0; start < bytes.length; start += length) {
    const answer = reader.push(bytes.subarray(start, start + length))
    if (answer !== undefined) bodies.push(`${answer.status} ${answer.body}`)
  }
  return bodies
}

t.test('an answer is read whole, in whatever pieces it arrives', async (t) => {
  for (const text of [withLength, inChunks]) {
    for (let length = 1; length <= text.length; length += 1) t.same(readInPieces(text, length), ['200 {"hello":42}'])
  }
})

t.test('several answers on one connection are told apart', async (t) => {
  const reader = new AnswerReader()
  for (const text of [withLength, inChunks, 'HTTP/1.1 204 No Content\r\n\r\n', inChunks, withLength]) {
    t.match(reader.push(Buffer.from(text)), { keepAlive: true })
  }
})

t.test('an answer without a length ends with its connection', async (t) => {
  const reader = new AnswerReader()
  t.equal(reader.push(Buffer.from('HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\nsor')), undefined)
  t.equal(reader.push(Buffer.from('ry')), undefined)
  t.match(reader.finish(), { status: 500, keepAlive: false, body: Buffer.from('sorry') })
})

t.test('a token is found however the server spaces its JSON', async (t) => {
  t.equal(findNextBatch(Buffer.from('{"next_batch":"s1_2","rooms":{}}')), 's1_2')
  t.equal(findNextBatch(Buffer.from('{"rooms": {}, "next_batch" : "s3"}')), 's3')
  t.equal(findNextBatch(Buffer.from('{}')), undefined)
})

t.test('percentiles are values that were measured, medians lie between', async (t) => {
  t.equal(percentile([1, 2, 3, 4], 0.5), 2)
  t.equal(percentile([1, 2, 3, 4], 0.99), 4)
  t.equal(percentile([7], 0.5), 7)
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 3, 2]), 2.5)
})

t.test('work in parallel keeps its order and its width', async (t) => {
  let running = 0
  let most = 0
  const results = await inParallel([3, 1, 2, 5, 4], 2, async (item) => {
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setTimeout(resolve, item))
    running -= 1
    return item * 2
  })
  t.same(results, [6, 2, 4, 10, 8])
  t.equal(most, 2)
})

t.test('a ratio above one is better, a void run does not count', async (t) => {
  const row = (perSecond: number, latencyMs: number, isVoid = false): Row =>
    ({ workload: 'send', case: '1 sender', metrics: { per_s: perSecond, p50_ms: latencyMs }, errors: 0, driverShare: 0, isVoid })
  const ours = [[row(1000, 1)], [row(3000, 3)], [row(9000, 9, true)]]
  const theirs = [[row(100, 20)], [row(300, 40)]]
  const comparisons = compareRuns(ours, theirs)
  t.match(comparisons, [
    { metric: 'per_s', ours: { median: 2000, runs: 2 }, theirs: { median: 200 }, ratio: 10, voidRuns: 1 },
    { metric: 'p50_ms', ours: { median: 2 }, theirs: { median: 30 }, ratio: 15 },
  ])
  const line = '| send, 1 sender | per_s | 2,000 (1,000–3,000) | 200 (100–300) | 10× | 1 void |'
  t.match(formatMarkdown(comparisons, ['Ours', 'Theirs']), line)
})

t.test('what a reader has seen is compared with what each writer was told', async (t) => {
  const acknowledged = new Map([['@a', ['$a1', '$a2', '$a3']], ['@b', ['$b1']]])
  const seen = (...ids: string[]) => ids.map((id) => ({ sender: `@${id[1]}`, event_id: id }))
  t.same(findMistakes(acknowledged, seen('$a1', '$b1', '$a2', '$x1', '$a3')), { lost: 0, outOfOrder: 0 })
  t.same(findMistakes(acknowledged, seen('$a2', '$a1', '$a3', '$b1')), { lost: 0, outOfOrder: 1 })
  t.same(findMistakes(acknowledged, seen('$a1', '$a1', '$a2', '$b1')), { lost: 1, outOfOrder: 1 })
  t.same(findMistakes(acknowledged, []), { lost: 4, outOfOrder: 0 })
})
