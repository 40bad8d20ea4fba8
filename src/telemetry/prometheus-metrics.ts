import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { Metrics } from "../ports/metrics.ts";
import { prometheusGauges } from "./prometheus-gauges.ts";

/** Metrics that Prometheus can read. */
export interface PrometheusMetrics extends Metrics {
  /** Everything in Prometheus' text format; gauges are read now. */
  text(): Promise<string>;
}

/**
 * Counts for Prometheus, in a registry of its own, with Node's process metrics beside. Names and labels stay: dashboards and alerts
 * are built on them.
 */
export function prometheusMetrics(build: { version: string }): PrometheusMetrics {
  const registry = new Registry();
  const registers = [registry];
  // Every 10 ms, as is its default, is a third of what an idle worker costs.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 250 });

  const polls = new Counter({
    name: "tidemark_polls_total",
    help: "Finished polls.",
    labelNames: ["source", "outcome"],
    registers,
  });
  const sweeps = new Counter({
    name: "tidemark_sweeps_total",
    help: "Finished sweeps.",
    labelNames: ["source", "outcome"],
    registers,
  });
  const lookBacks = new Counter({
    name: "tidemark_look_backs_total",
    help: "Finished look-backs.",
    labelNames: ["source", "outcome"],
    registers,
  });
  const passes = { poll: polls, sweep: sweeps, "look-back": lookBacks };
  const pages = new Counter({ name: "tidemark_pages_total", help: "Pages read from upstreams.", registers });
  const observations = new Counter({
    name: "tidemark_observations_total",
    help: "What became of the observations: every one is counted once.",
    labelNames: ["source", "outcome"],
    registers,
  });
  const events = new Counter({
    name: "tidemark_events_total",
    help: "Events written to the journal.",
    labelNames: ["source", "op"],
    registers,
  });
  const oversize = new Counter({
    name: "tidemark_events_oversize_total",
    help: "Events that were published as pointers, because their topic does not take them.",
    labelNames: ["source"],
    registers,
  });
  const requests = new Counter({
    name: "tidemark_upstream_requests_total",
    help: "Requests to upstreams, by class of status (2xx … 5xx) or error.",
    labelNames: ["source", "status_class"],
    registers,
  });
  const requestSeconds = new Histogram({
    name: "tidemark_upstream_request_seconds",
    help: "How long requests to upstreams took.",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const throttledSeconds = new Counter({
    name: "tidemark_throttled_seconds_total",
    help: "Time spent waiting because of an upstream's limit or the source's own budget.",
    labelNames: ["source"],
    registers,
  });
  const watchdogEnded = new Counter({
    name: "tidemark_watchdog_ended_total",
    help: "Passes that were ended because they neither heard of the upstream nor committed anything for ten minutes.",
    labelNames: ["source"],
    registers,
  });
  const schemaDrifts = new Counter({
    name: "tidemark_schema_drift_total",
    help: "Member paths, and types at them, that documents of the source never had before.",
    labelNames: ["source"],
    registers,
  });
  const publishSeconds = new Histogram({
    name: "tidemark_publish_seconds",
    help: "How long committed Kafka transactions took.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  new Gauge({
    name: "tidemark_build_info",
    help: "1, labelled with the running version.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version: build.version, node: process.versions.node }, 1);
  const gauges = prometheusGauges(registry);

  return {
    pass: (kind, source, outcome) => passes[kind].inc({ source, outcome }),
    page: () => pages.inc(),
    observations: (source, outcome, count) => observations.inc({ source, outcome }, count),
    events: (source, op, count) => events.inc({ source, op }, count),
    upstreamRequest(source, statusClass, seconds) {
      requests.inc({ source, status_class: statusClass });
      requestSeconds.observe(seconds);
    },
    schemaDrift: (source) => schemaDrifts.inc({ source }),
    throttled: (source, seconds) => throttledSeconds.inc({ source }, seconds),
    published: (seconds) => publishSeconds.observe(seconds),
    oversize: (source) => oversize.inc({ source }),
    watchdogEnded: (source) => watchdogEnded.inc({ source }),
    observe: (read) => gauges.observe(read),
    text() {
      gauges.refresh();
      return registry.metrics();
    },
  };
}
