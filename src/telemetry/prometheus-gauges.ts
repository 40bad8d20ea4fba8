import { Gauge, type Registry } from "prom-client";
import { freshnessWords } from "../core/freshness.ts";
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
  const shardCount = new Gauge({
    name: "tidemark_shards",
    help: "Shards of the installation.",
    registers,
  });
  const sourceState = new Gauge({
    name: "tidemark_source_state",
    help: "1 for the one word that tells how the source is, 0 for all others.",
    labelNames: ["source", "state"],
    registers,
  });
  const cursorAge = new Gauge({
    name: "tidemark_cursor_age_seconds",
    help: "Time since the source's cursor last moved.",
    labelNames: ["source"],
    registers,
  });
  const opensIn = new Gauge({
    name: "tidemark_opens_in_seconds",
    help: "Time until the source's windows open; 0 while they are, and no value where it has none.",
    labelNames: ["source"],
    registers,
  });
  const lastSuccessAge = new Gauge({
    name: "tidemark_last_success_age_seconds",
    help: "Time since the source's last successful poll.",
    labelNames: ["source"],
    registers,
  });
  const lastChangeAge = new Gauge({
    name: "tidemark_last_change_age_seconds",
    help: "Time since the source's last event.",
    labelNames: ["source"],
    registers,
  });
  const heldChanges = new Gauge({
    name: "tidemark_held_changes",
    help: "Changes of the source that wait for a person (tidemark hold list).",
    labelNames: ["source"],
    registers,
  });
  const quarantinedItems = new Gauge({
    name: "tidemark_quarantined_items",
    help: "Items of the source in quarantine (tidemark quarantine list).",
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
  const circuitOpen = new Gauge({
    name: "tidemark_circuit_open",
    help: "1 while the sources of the group wait for one of them, because their upstream or its credential seems to be out of order.",
    labelNames: ["group"],
    registers,
  });
  let read = (): Gauges => ({ shardsOwned: 0, shardCount: 0, sources: [], circuits: [], shards: [] });

  return {
    observe(newRead) {
      read = newRead;
    },
    refresh() {
      const now = read();
      const gauges = [
        sourceState,
        cursorAge,
        opensIn,
        lastSuccessAge,
        lastChangeAge,
        heldChanges,
        quarantinedItems,
        journalDepth,
        journalAge,
        circuitOpen,
      ];
      for (const gauge of gauges) gauge.reset();
      shardsOwned.set(now.shardsOwned);
      shardCount.set(now.shardCount);
      for (const {
        name: source,
        freshness,
        cursorAgeSeconds,
        opensInSeconds,
        lastSuccessAgeSeconds,
        lastChangeAgeSeconds,
        waiting,
        quarantined,
      } of now.sources) {
        for (const state of freshnessWords) sourceState.set({ source, state }, state === freshness ? 1 : 0);
        heldChanges.set({ source }, waiting);
        quarantinedItems.set({ source }, quarantined);
        if (opensInSeconds !== null) opensIn.set({ source }, opensInSeconds);
        if (cursorAgeSeconds !== null) cursorAge.set({ source }, cursorAgeSeconds);
        if (lastSuccessAgeSeconds !== null) lastSuccessAge.set({ source }, lastSuccessAgeSeconds);
        if (lastChangeAgeSeconds !== null) lastChangeAge.set({ source }, lastChangeAgeSeconds);
      }
      for (const { group, isOpen } of now.circuits) circuitOpen.set({ group }, isOpen ? 1 : 0);
      for (const { shard, journalDepth: depth, journalAgeSeconds } of now.shards) {
        journalDepth.set({ shard }, depth);
        journalAge.set({ shard }, journalAgeSeconds);
      }
    },
  };
}
