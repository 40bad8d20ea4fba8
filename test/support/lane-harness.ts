import { type Lane, createLane } from "../../src/app/lane.ts";
import { type OwnedShard, ownedShard } from "../../src/app/owned-shard.ts";
import type { WorkerPorts } from "../../src/app/worker-ports.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import { type Privacy, compilePrivacy } from "../../src/core/privacy.ts";
import { tokens } from "../../src/connectors/tokens.ts";
import { memoryGrants } from "../../src/sdk/testing/memory-grants.ts";
import type { JournalRow, Source, SourceConfig } from "../../src/ports/store.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { type MemoryLog, memoryLog } from "./memory-log.ts";
import { type MemoryKafka, memoryKafka } from "./memory-publisher.ts";
import { type MemoryStore, memoryStore } from "./memory-store.ts";
import { type ScriptedConnector, scriptedConnector } from "./scripted-connector.ts";
import { silentMetrics } from "./silent-metrics.ts";

/** One source in one lane, on the memory store, with a connector that the test writes. */
export interface LaneHarness {
  lane: Lane;
  shard: OwnedShard;
  ports: WorkerPorts;
  store: MemoryStore;
  kafka: MemoryKafka;
  clock: ManualClock;
  log: MemoryLog;
  script: ScriptedConnector;
  /** Everything journalled so far. */
  journal(): Promise<JournalRow[]>;
  /** `op id version`, in order. */
  events(): Promise<string[]>;
  /** Takes the shard as another process would, with a new term. */
  takeOver(): Promise<void>;
}

/** A source's configuration for tests. */
export function sourceConfig(changes: Partial<SourceConfig> = {}): SourceConfig {
  return {
    name: "acme",
    group: null,
    connector: "scripted",
    settings: {},
    topic: "tidemark.scripted.accounts",
    compacted: false,
    everyMs: 60_000,
    sweepEveryMs: 3_600_000,
    lookBack: null,
    windows: null,
    budget: { requests: 100, perMs: 1_000 },
    deleteLimit: null,
    insertLimit: null,
    drift: "warn",
    rejectLimit: null,
    privacy: null,
    shard: 0,
    ...changes,
  };
}

/** The source's rules; what refers to their key is the key here. */
export function privacyOf({ privacy: rules }: Pick<Source, "privacy">): Privacy | null {
  return rules === null ? null : compilePrivacy(rules, rules.key ?? null);
}

export async function laneHarness(changes: Partial<SourceConfig> = {}): Promise<LaneHarness> {
  const clock = manualClock();
  const store = memoryStore(clock);
  const kafka = memoryKafka({ now: () => clock.now() });
  const script = scriptedConnector({ volatile: ["attributes.photoUrl"] });
  const log = memoryLog();
  let nonce = 0;
  const ports: WorkerPorts = {
    store,
    brokers: kafka.brokers,
    publishers: kafka.publishers,
    clock,
    log,
    random: { fraction: () => 0.5, nonce: () => String((nonce += 1)) },
    metrics: silentMetrics,
    upstreamOf: (source, signal) => ({
      connector: script.connector,
      privacy: privacyOf(source),
      context: {
        settings: {},
        http: {
          request: () => Promise.reject(new Error("the script needs no HTTP")),
          redact: (text) => text,
        },
        tokens: tokens(clock, memoryGrants(clock)),
        clock,
        log,
        signal,
      },
    }),
  };
  await store.ensureInstallation({ prefix: "tidemark", shardCount: 1 });
  await store.maintainJournal({ daysAhead: 3, retentionDays: 30 });
  await store.applySources([sourceConfig(changes)]);
  const [lease] = await store.acquireShards({ workerId: "me", limit: 1, ttlMs: 15_000 });
  const [source] = await store.loadSources([0]);
  if (lease === undefined || source === undefined) throw new Error("the harness could not take its shard");
  const shard = ownedShard(
    lease,
    clock,
    { ...leaseTiming, stopAfterMs: Number.POSITIVE_INFINITY },
    clock.monotonicMs(),
  );

  const journal = () => store.nextJournal({ shard: 0, from: "1", limit: 10_000, maxBytes: 1e9 });
  return {
    lane: createLane(shard, source, clock),
    shard,
    ports,
    store,
    kafka,
    clock,
    log,
    script,
    journal,
    events: async () =>
      (await journal()).map(({ op, accountId, version }) => `${op} ${accountId} v${version}`),
    async takeOver() {
      await clock.advance(20_000);
      await store.acquireShards({ workerId: "other", limit: 1, ttlMs: 15_000 });
    },
  };
}
