import type { Metrics } from "../../ports/metrics.ts";

/** Metrics that keep what concerns upstreams: `2xx`, `4xx`, `error` …, and the pauses that were asked for. */
export function recordingMetrics(): Metrics & { requests: string[]; throttledSeconds: number[] } {
  const requests: string[] = [];
  const throttledSeconds: number[] = [];
  return {
    requests,
    throttledSeconds,
    upstreamRequest: (_source, statusClass) => void requests.push(statusClass),
    throttled: (_source, seconds) => void throttledSeconds.push(seconds),
    pass() {},
    page() {},
    observations() {},
    events() {},
    schemaDrift() {},
    published() {},
    oversize() {},
    watchdogEnded() {},
    observe() {},
  };
}
