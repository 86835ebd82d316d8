import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface CounterMetric {
  add(amount?: number): void
}

export interface HistogramMetric {
  observe(value: number): void
}

/** Numbers for the operator, in the form that Prometheus reads. */
export interface Metrics {
  /** A counter with one child per value of `label`, looked up once and kept by the caller. */
  counter(name: string, help: string): CounterMetric
  labelledCounter(name: string, help: string, labels: readonly string[]): (values: Record<string, string>) => CounterMetric
  histogram(name: string, help: string, buckets: readonly number[]): HistogramMetric
  labelledHistogram(
    name: string, help: string, label: string, buckets: readonly number[],
  ): (value: string) => HistogramMetric
  /** A number that is asked for when somebody looks. */
  gauge(name: string, help: string, read: () => number): void
  /** Everything, in the text format. */
  text(): Promise<string>
  readonly contentType: string
}

/** Names get the prefix `hearth_`; what Node itself tells (memory, event loop, garbage collection) keeps its usual names. */
export function createMetrics({ ofProcess = true }: { ofProcess?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (ofProcess) collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const named = (name: string) => `hearth_${name}`
  const counters = (name: string, help: string, labels: readonly string[]) =>
    new Counter({ name: named(name), help, labelNames: [...labels], registers })
  const histograms = (name: string, help: string, labels: readonly string[], buckets: readonly number[]) =>
    new Histogram({ name: named(name), help, labelNames: [...labels], buckets: [...buckets], registers })
  return {
    counter(name, help) {
      const counter = counters(name, help, [])
      return { add: (amount = 1) => counter.inc(amount) }
    },
    labelledCounter(name, help, labels) {
      const counter = counters(name, help, labels)
      return (values) => {
        const child = counter.labels(values)
        return { add: (amount = 1) => child.inc(amount) }
      }
    },
    histogram: (name, help, buckets) => histograms(name, help, [], buckets),
    labelledHistogram(name, help, label, buckets) {
      const histogram = histograms(name, help, [label], buckets)
      return (value) => histogram.labels({ [label]: value })
    },
    gauge(name, help, read) {
      const gauge: Gauge = new Gauge({ name: named(name), help, registers, collect: () => gauge.set(read()) })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
