import type { CounterMetric, Metrics } from '../util/metrics.ts'

/** Notes one answer; `seconds` is absent where the time says how long the client wanted to wait. */
export type Measure = (status: number, seconds: number | undefined) => void

export interface HttpMetrics {
  of(operationId: string): Measure
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30]

export function createHttpMetrics(metrics: Metrics): HttpMetrics {
  const answers = metrics.labelledCounter('http_answers_total', 'Answers, by operation and status.', ['operation', 'status'])
  const durations = metrics.labelledHistogram(
    'http_request_seconds', 'Time from the head of a request to its answer.', 'operation', SECONDS,
  )
  return {
    of(operation) {
      const counters = new Map<number, CounterMetric>()
      const duration = durations(operation)
      return (status, seconds) => {
        const known = counters.get(status)
        const counter = known ?? answers({ operation, status: String(status) })
        if (known === undefined) counters.set(status, counter)
        counter.add()
        if (seconds !== undefined) duration.observe(seconds)
      }
    },
  }
}
