import { isDeepStrictEqual } from "node:util";
import { ConfigError } from "../../src/core/errors.ts";
import { fixedSettingFaults } from "../../src/core/fixed-settings.ts";
import type { InstallationStore, LeaseStore, Overview, SourceConfig } from "../../src/ports/store.ts";
import { countHeld } from "./memory-store-holds.ts";
import { quarantineOf } from "./memory-store-quarantine.ts";
import { databaseCondition, maintainJournal } from "./memory-store-upkeep.ts";
import {
  bumpConfigRevision,
  compareIds,
  errorCodeOf,
  grant,
  isCurrent,
  type MemorySource,
  type MemoryState,
  type Part,
  openSweepOf,
  theInstallation,
} from "./memory-store-state.ts";

const hourMs = 3_600_000;

export function memoryInstallation(state: MemoryState): Part<InstallationStore> {
  return {
    checkSchema: () => {},
    ensureInstallation: ({ prefix, shardCount }) => {
      if (state.installation === null) {
        const journalId = "00000000-0000-4000-8000-000000000000";
        state.installation = { prefix, shardCount, journalId, clusterId: null, configRevision: "0" };
        for (let id = 0; id < shardCount; id += 1) state.shards.set(id, freeShard(id));
      }
      return state.installation;
    },
    pinCluster: (clusterId) => {
      const installation = theInstallation(state);
      installation.clusterId ??= clusterId;
      return installation.clusterId;
    },
    pinTopic: (topic) => {
      if (!state.topics.has(topic.name)) state.topics.set(topic.name, topic);
      return state.topics.get(topic.name) ?? topic;
    },
    pinnedTopics: () => [...state.topics.values()].sort((a, b) => compareIds(a.name, b.name)),
    applySources: (sources) => applySources(state, sources),
    askIntent: ({ source, verb, actor, hold, quarantine, arguments: given }) => {
      const found = [...state.sources.values()].find(({ name, isRemoved }) => name === source && !isRemoved);
      if (found === undefined) return null;
      const id = String(state.intents.size + 1);
      const askedAt = new Date(state.now()).toISOString();
      state.intents.set(id, {
        id,
        sourceId: found.id,
        source,
        verb,
        actor,
        holdId: hold?.id ?? null,
        note: hold?.note ?? quarantine?.note ?? null,
        itemId: quarantine?.item ?? null,
        items: null,
        arguments: given ?? null,
        answer: null,
        askedAt,
        doneAt: null,
        outcome: null,
      });
      bumpConfigRevision(state);
      return id;
    },
    intent: (id) => state.intents.get(id) ?? null,
    databaseCondition: () => databaseCondition(state),
    overview: () => overviewOf(state),
    maintainJournal: (options) => maintainJournal(state, options),
  };
}

export function memoryLeases(state: MemoryState): Part<LeaseStore> {
  const held = (claim: { workerId: string; leases: readonly { shard: number; term: string }[] }) =>
    [...state.shards.values()].filter(
      (shard) =>
        shard.owner === claim.workerId &&
        claim.leases.some((lease) => lease.shard === shard.id && isCurrent(state, lease)),
    );
  return {
    announceWorker: ({ id, host, version, ttlMs }) => {
      const nowMs = state.now();
      for (const [other, { seenAt }] of state.workers)
        if (seenAt < nowMs - hourMs) state.workers.delete(other);
      state.workers.set(id, { host, version, seenAt: nowMs });
      const living = [...state.workers].filter(
        ([other, { seenAt }]) => other === id || seenAt > nowMs - ttlMs,
      );
      const rank = living.filter(([other]) => compareIds(other, id) < 0).length;
      return { rank, workers: living.length, configRevision: theInstallation(state).configRevision };
    },
    retireWorker: (id) => {
      state.workers.delete(id);
    },
    acquireShards: ({ workerId, limit, ttlMs }) => {
      const free = [...state.shards.values()].filter(
        ({ owner, expiresAt }) => owner === null || expiresAt < state.now(),
      );
      return free.slice(0, limit).map((shard) => grant(state, shard, { workerId, ttlMs }));
    },
    renewShards: (claim) =>
      held(claim).map((shard) => {
        shard.expiresAt = state.now() + claim.ttlMs;
        return shard.id;
      }),
    releaseShards: (claim) => {
      for (const shard of held(claim)) shard.owner = null;
    },
  };
}

function freeShard(id: number) {
  const anchor = { lastSeq: "0", publishedSeq: "0", publishedNonce: null, seeded: false };
  return { id, owner: null, term: 0n, expiresAt: 0, journal: [], firstKeptSeq: 1n, ...anchor };
}

function applySources(state: MemoryState, wanted: readonly SourceConfig[]) {
  const before = new Map([...state.sources.values()].map((source) => [source.name, source]));
  const faults = wanted.flatMap((config) => {
    const source = before.get(config.name);
    return source === undefined ? [] : fixedSettingFaults(config, source);
  });
  if (faults.length > 0) throw new ConfigError("TIDEMARK_CONFIG_INVALID", faults);

  const result = { added: [] as string[], changed: [] as string[], unchanged: [] as string[] };
  for (const config of wanted) {
    const source = before.get(config.name);
    if (source === undefined) {
      addSource(state, config);
      result.added.push(config.name);
    } else if (isDeepStrictEqual({ ...source, ...config, shard: source.shard }, source)) {
      result.unchanged.push(config.name);
    } else {
      changeSource(source, config, state.now());
      result.changed.push(config.name);
    }
  }
  if (result.added.length + result.changed.length > 0) bumpConfigRevision(state);
  return result;
}

function addSource(state: MemoryState, config: SourceConfig): void {
  const id = state.sources.size + 1;
  state.sources.set(id, {
    id,
    ...config,
    settingsVersion: 1,
    state: "running",
    haltedCode: null,
    haltedReason: null,
    cursor: null,
    cursorVersion: 1,
    revision: state.newRevision(),
    population: 0,
    activity: [],
    isLoaded: false,
    failures: 0,
    lastError: null,
    privacyApplied: null,
    isRemoved: false,
    sweepNotOffered: null,
    nextPollAt: config.everyMs === null ? null : state.now(),
    nextSweepAt: state.now() + (config.everyMs === null ? 0 : config.sweepEveryMs),
    nextLookBackAt: config.lookBack === null ? null : state.now() + config.lookBack.everyMs,
    pollAsked: false,
    sweepAsked: false,
    lastAttemptAt: null,
    lastPollAt: null,
    lastSweepAt: null,
    lastLookBackAt: null,
    lastChangeAt: null,
    cursorMovedAt: null,
    checkpointedAt: null,
  });
}

function changeSource(source: MemorySource, config: SourceConfig, nowMs: number): void {
  const wasHalted = source.state === "halted";
  const { everyMs, lookBack } = config;
  const sweepAt = wasHalted && everyMs === null ? nowMs : nowMs + config.sweepEveryMs;
  const pollAt = wasHalted || source.nextPollAt === null ? nowMs : source.nextPollAt;
  Object.assign(source, config, {
    shard: source.shard,
    settingsVersion: source.settingsVersion + 1,
    haltedCode: null,
    haltedReason: null,
    nextPollAt: everyMs === null ? null : Math.min(pollAt, nowMs + everyMs),
    nextSweepAt: Math.min(source.nextSweepAt, sweepAt),
    nextLookBackAt:
      lookBack === null ? null : Math.min(source.nextLookBackAt ?? Infinity, nowMs + lookBack.everyMs),
    ...(wasHalted ? { state: "running", failures: 0 } : {}),
  });
}

function overviewOf(state: MemoryState): Overview {
  const nowMs = state.now();
  const age = (at: number | null) => (at === null ? null : nowMs - at);
  const shards = [...state.shards.values()];
  return {
    workers: [...state.workers]
      .map(([id, { host, version, seenAt }]) => ({
        id,
        host,
        version,
        seenAgeMs: nowMs - seenAt,
        shards: shards.filter(({ owner, expiresAt }) => owner === id && expiresAt >= nowMs).length,
      }))
      .sort((a, b) => compareIds(a.id, b.id)),
    shards: shards.map(({ id, owner: holder, expiresAt, term, lastSeq, publishedSeq, ...shard }) => {
      const { journal, firstKeptSeq } = shard;
      const oldest = journal.find(({ seq }) => BigInt(seq) === BigInt(publishedSeq) + 1n);
      const owner = expiresAt >= nowMs ? holder : null;
      const oldestAgeMs = oldest === undefined ? null : nowMs - oldest.createdAt;
      const first = journal.find(({ seq }) => BigInt(seq) >= firstKeptSeq);
      const earliest =
        first === undefined ? null : { seq: first.seq, at: new Date(first.createdAt).toISOString() };
      return { shard: id, owner, term: String(term), lastSeq, publishedSeq, oldestAgeMs, earliest };
    }),
    sources: [...state.sources.values()]
      .filter(({ isRemoved }) => !isRemoved)
      .map((source) => ({
        name: source.name,
        connector: source.connector,
        group: source.group,
        shard: source.shard,
        topic: source.topic,
        state: source.state,
        haltedCode: source.haltedCode,
        haltedReason: source.haltedReason,
        population: source.population,
        waiting: countHeld(state, source.id, "waiting"),
        quarantined: quarantineOf(state, source.id).length,
        failures: source.failures,
        lastError: source.lastError,
        lastErrorCode: errorCodeOf(source.lastError),
        lastPollAgeMs: age(source.lastPollAt),
        lastSweepAgeMs: age(source.lastSweepAt),
        lastChangeAgeMs: age(source.lastChangeAt),
        cursorAgeMs: age(source.cursorMovedAt),
        advancedAgeMs: age(advancedAt(state, source)),
        everyMs: source.everyMs,
        sweepEveryMs: source.sweepEveryMs,
        sweepDueInMs: source.nextSweepAt - nowMs,
        pollDueInMs: source.nextPollAt === null ? null : source.nextPollAt - nowMs,
        windows: source.windows,
        isLoaded: source.isLoaded,
        sweeping: openSweepOf(state, source.id) !== undefined,
        sweepNotOffered: source.sweepNotOffered,
      }))
      .sort((a, b) => compareIds(a.name, b.name)),
  };
}

/** When a pass of it last got on. */
function advancedAt(state: MemoryState, source: MemorySource): number | null {
  const { cursorMovedAt, lastPollAt, lastSweepAt, lastChangeAt } = source;
  const sweptAt = openSweepOf(state, source.id)?.advancedAt ?? null;
  const instants = [cursorMovedAt, lastPollAt, lastSweepAt, lastChangeAt, sweptAt].filter(
    (at) => at !== null,
  );
  return instants.length === 0 ? null : Math.max(...instants);
}
