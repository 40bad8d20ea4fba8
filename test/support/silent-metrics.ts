import type { Metrics } from "../../src/ports/metrics.ts";

const nothing = () => {};

/** Metrics that nobody reads. */
export const silentMetrics: Metrics = {
  pass: nothing,
  page: nothing,
  observations: nothing,
  events: nothing,
  upstreamRequest: nothing,
  throttled: nothing,
  schemaDrift: nothing,
  published: nothing,
  oversize: nothing,
  watchdogEnded: nothing,
  observe: nothing,
};
