import { describe, expect, test } from "vitest";
import { freshnessWords } from "../../src/core/freshness.ts";
import type { Gauges } from "../../src/ports/metrics.ts";
import { type PrometheusMetrics, prometheusMetrics } from "../../src/telemetry/prometheus-metrics.ts";

/** The samples of Tidemark's own metrics, buckets left out: `name{labels}` → value. */
async function samples(metrics: PrometheusMetrics): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split("\n");
  return Object.fromEntries(
    lines
      .filter((line) => line.startsWith("tidemark_") && !line.includes("_bucket{"))
      .map((line): [string, number] => {
        const space = line.lastIndexOf(" ");
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
  );
}

const reading: Gauges = {
  shardsOwned: 2,
  shardCount: 64,
  sources: [
    {
      name: "acme-hr",
      freshness: "held",
      cursorAgeSeconds: 1.5,
      opensInSeconds: 600,
      lastSuccessAgeSeconds: 2.5,
      lastChangeAgeSeconds: 60,
      waiting: 130,
      quarantined: 7,
    },
    {
      name: "acme-idn",
      freshness: "idle",
      cursorAgeSeconds: null,
      opensInSeconds: null,
      lastSuccessAgeSeconds: null,
      lastChangeAgeSeconds: null,
      waiting: 0,
      quarantined: 0,
    },
  ],
  circuits: [
    { group: "acme", isOpen: true },
    { group: "other", isOpen: false },
  ],
  shards: [
    { shard: 3, journalDepth: 40, journalAgeSeconds: 0.5 },
    { shard: 9, journalDepth: 0, journalAgeSeconds: 0 },
  ],
};

describe("metrics", () => {
  test("have the names, types and labels that dashboards and alerts are built on", async () => {
    const metrics = prometheusMetrics({ version: "1.2.3" });
    metrics.pass("poll", "acme-hr", "changed");
    metrics.pass("sweep", "acme-hr", "incomplete");
    metrics.pass("look-back", "acme-hr", "unchanged");
    metrics.page("acme-hr");
    metrics.observations("acme-hr", "event", 3);
    metrics.events("acme-hr", "inserted", 3);
    metrics.upstreamRequest("acme-hr", "2xx", 0.2);
    metrics.throttled("acme-hr", 1.5);
    metrics.schemaDrift("acme-hr");
    metrics.published(0.05);
    metrics.oversize("acme-hr");
    metrics.watchdogEnded("acme-hr");
    metrics.observe(() => reading);

    const text = await metrics.text();
    expect(text.match(/^# TYPE tidemark_.*$/gm)?.map((line) => line.slice("# TYPE ".length))).toEqual([
      "tidemark_polls_total counter",
      "tidemark_sweeps_total counter",
      "tidemark_look_backs_total counter",
      "tidemark_pages_total counter",
      "tidemark_observations_total counter",
      "tidemark_events_total counter",
      "tidemark_events_oversize_total counter",
      "tidemark_upstream_requests_total counter",
      "tidemark_upstream_request_seconds histogram",
      "tidemark_throttled_seconds_total counter",
      "tidemark_watchdog_ended_total counter",
      "tidemark_schema_drift_total counter",
      "tidemark_publish_seconds histogram",
      "tidemark_build_info gauge",
      "tidemark_shards_owned gauge",
      "tidemark_shards gauge",
      "tidemark_source_state gauge",
      "tidemark_cursor_age_seconds gauge",
      "tidemark_opens_in_seconds gauge",
      "tidemark_last_success_age_seconds gauge",
      "tidemark_last_change_age_seconds gauge",
      "tidemark_held_changes gauge",
      "tidemark_quarantined_items gauge",
      "tidemark_journal_depth gauge",
      "tidemark_journal_age_seconds gauge",
      "tidemark_circuit_open gauge",
    ]);
    expect(await samples(metrics)).toEqual({
      'tidemark_polls_total{source="acme-hr",outcome="changed"}': 1,
      'tidemark_sweeps_total{source="acme-hr",outcome="incomplete"}': 1,
      'tidemark_look_backs_total{source="acme-hr",outcome="unchanged"}': 1,
      tidemark_pages_total: 1,
      'tidemark_observations_total{source="acme-hr",outcome="event"}': 3,
      'tidemark_events_total{source="acme-hr",op="inserted"}': 3,
      'tidemark_upstream_requests_total{source="acme-hr",status_class="2xx"}': 1,
      'tidemark_events_oversize_total{source="acme-hr"}': 1,
      'tidemark_watchdog_ended_total{source="acme-hr"}': 1,
      tidemark_upstream_request_seconds_count: 1,
      tidemark_upstream_request_seconds_sum: 0.2,
      'tidemark_throttled_seconds_total{source="acme-hr"}': 1.5,
      'tidemark_schema_drift_total{source="acme-hr"}': 1,
      tidemark_publish_seconds_count: 1,
      tidemark_publish_seconds_sum: 0.05,
      [`tidemark_build_info{version="1.2.3",node="${process.versions.node}"}`]: 1,
      tidemark_shards_owned: 2,
      tidemark_shards: 64,
      ...Object.fromEntries(
        freshnessWords.flatMap((state) => [
          [`tidemark_source_state{source="acme-hr",state="${state}"}`, state === "held" ? 1 : 0],
          [`tidemark_source_state{source="acme-idn",state="${state}"}`, state === "idle" ? 1 : 0],
        ]),
      ),
      'tidemark_cursor_age_seconds{source="acme-hr"}': 1.5,
      'tidemark_opens_in_seconds{source="acme-hr"}': 600,
      'tidemark_last_success_age_seconds{source="acme-hr"}': 2.5,
      'tidemark_last_change_age_seconds{source="acme-hr"}': 60,
      'tidemark_held_changes{source="acme-hr"}': 130,
      'tidemark_held_changes{source="acme-idn"}': 0,
      'tidemark_quarantined_items{source="acme-hr"}': 7,
      'tidemark_quarantined_items{source="acme-idn"}': 0,
      'tidemark_journal_depth{shard="3"}': 40,
      'tidemark_journal_depth{shard="9"}': 0,
      'tidemark_journal_age_seconds{shard="3"}': 0.5,
      'tidemark_journal_age_seconds{shard="9"}': 0,
      'tidemark_circuit_open{group="acme"}': 1,
      'tidemark_circuit_open{group="other"}': 0,
    });
  });

  test("add up", async () => {
    const metrics = prometheusMetrics({ version: "1.2.3" });
    metrics.observations("acme-hr", "unchanged", 5);
    metrics.observations("acme-hr", "unchanged", 0);
    metrics.observations("acme-hr", "unchanged", 7);
    metrics.observations("acme-hr", "quarantined", 0);
    expect(await samples(metrics)).toMatchObject({
      'tidemark_observations_total{source="acme-hr",outcome="unchanged"}': 12,
      'tidemark_observations_total{source="acme-hr",outcome="quarantined"}': 0,
    });
  });

  test("come with the process's own", async () => {
    const text = await prometheusMetrics({ version: "1.2.3" }).text();
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });

  test("of two workers in one process do not mix", async () => {
    const [one, other] = [prometheusMetrics({ version: "1" }), prometheusMetrics({ version: "2" })];
    one.page("acme-hr");
    expect((await samples(one))["tidemark_pages_total"]).toBe(1);
    expect((await samples(other))["tidemark_pages_total"]).toBe(0);
  });
});

describe("gauges", () => {
  test("are read when somebody looks", async () => {
    const metrics = prometheusMetrics({ version: "1.2.3" });
    let shardsOwned = 1;
    metrics.observe(() => ({ shardsOwned, shardCount: 64, sources: [], circuits: [], shards: [] }));
    shardsOwned = 5;
    expect((await samples(metrics))["tidemark_shards_owned"]).toBe(5);
  });

  test("of a shard that moved away, and of its sources, disappear", async () => {
    const metrics = prometheusMetrics({ version: "1.2.3" });
    let now = reading;
    metrics.observe(() => now);
    await metrics.text();
    now = { shardsOwned: 1, shardCount: 64, sources: [], circuits: [], shards: reading.shards.slice(1) };
    const names = Object.keys(await samples(metrics));
    expect(names.filter((name) => name.includes("journal_depth"))).toEqual([
      'tidemark_journal_depth{shard="9"}',
    ]);
    expect(names.filter((name) => name.includes("_age_seconds{source"))).toEqual([]);
  });

  test("say that nothing is owned before there is a worker", async () => {
    expect((await samples(prometheusMetrics({ version: "1.2.3" })))["tidemark_shards_owned"]).toBe(0);
  });
});
