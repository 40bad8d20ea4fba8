import { Gauge, type Registry } from "prom-client";
import type { Gauges } from "../ports/metrics.ts";

/** Gauges that are read off the running parts when somebody looks. */
export interface PrometheusGauges {
  /** From now on, gauges are read here. */
  observe(read: () => Gauges): void;
  /** Reads them now. What is not owned any more disappears instead of keeping its last value. */
  refresh(): void;
}

/** Registers the gauges of what this process owns. */
export function prometheusGauges(registry: Registry): PrometheusGauges {
  const registers = [registry];
  const shardsOwned = new Gauge({
    name: "tidemark_shards_owned",
    help: "Shards that this worker owns.",
    registers,
  });
  const cursorAge = new Gauge({
    name: "tidemark_cursor_age_seconds",
    help: "Time since the source's cursor last moved.",
    labelNames: ["source"],
    registers,
  });
  const lastSuccessAge = new Gauge({
    name: "tidemark_last_success_age_seconds",
    help: "Time since the source's last successful poll.",
    labelNames: ["source"],
    registers,
  });
  const heldDeletes = new Gauge({
    name: "tidemark_held_deletes",
    help: "Deletes of the source that wait for a person (tidemark hold list).",
    labelNames: ["source"],
    registers,
  });
  const journalDepth = new Gauge({
    name: "tidemark_journal_depth",
    help: "Events of the shard that are in the journal but not in Kafka yet.",
    labelNames: ["shard"],
    registers,
  });
  const journalAge = new Gauge({
    name: "tidemark_journal_age_seconds",
    help: "How long the shard's oldest unpublished event has waited; 0 when there is none.",
    labelNames: ["shard"],
    registers,
  });
  let read = (): Gauges => ({ shardsOwned: 0, sources: [], shards: [] });

  return {
    observe(newRead) {
      read = newRead;
    },
    refresh() {
      const now = read();
      for (const gauge of [cursorAge, lastSuccessAge, heldDeletes, journalDepth, journalAge]) gauge.reset();
      shardsOwned.set(now.shardsOwned);
      for (const { name: source, cursorAgeSeconds, lastSuccessAgeSeconds, waiting } of now.sources) {
        heldDeletes.set({ source }, waiting);
        if (cursorAgeSeconds !== null) cursorAge.set({ source }, cursorAgeSeconds);
        if (lastSuccessAgeSeconds !== null) lastSuccessAge.set({ source }, lastSuccessAgeSeconds);
      }
      for (const { shard, journalDepth: depth, journalAgeSeconds } of now.shards) {
        journalDepth.set({ shard }, depth);
        journalAge.set({ shard }, journalAgeSeconds);
      }
    },
  };
}
