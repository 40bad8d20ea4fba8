import { expect, it } from "vitest";
import { ConfigError } from "../../src/core/errors.ts";
import type { Store } from "../../src/ports/store.ts";
import {
  committed,
  config,
  noCounts,
  owned,
  reload,
  step,
  type StoreUnderTest,
  termOf,
} from "./store-samples.ts";

/** As every worker hears it. */
async function revisionOf(store: Store): Promise<string> {
  const heard = await store.announceWorker({ id: "listener", host: "host", version: "1", ttlMs: 1_000 });
  return heard.configRevision;
}

export function installationContract(open: () => Promise<StoreUnderTest>): void {
  it("is installed once; what was fixed then stays", async () => {
    const { store } = await open();
    await store.checkSchema();
    const first = await store.ensureInstallation({ prefix: "one", shardCount: 4 });
    expect(first).toMatchObject({ prefix: "one", shardCount: 4, clusterId: null, configRevision: "0" });
    expect(await store.ensureInstallation({ prefix: "two", shardCount: 8 })).toEqual(first);
    expect((await store.overview()).shards.map(({ shard }) => shard)).toEqual([0, 1, 2, 3]);
  });

  it("pins the cluster and each topic to what was seen first", async () => {
    const { store } = await open();
    await store.ensureInstallation({ prefix: "tidemark", shardCount: 4 });
    expect(await store.pinCluster("first")).toBe("first");
    expect(await store.pinCluster("second")).toBe("first");
    const topic = { name: "b", partitions: 6, compacted: true };
    expect(await store.pinTopic(topic)).toEqual(topic);
    expect(await store.pinTopic({ ...topic, partitions: 12, compacted: false })).toEqual(topic);
    await store.pinTopic({ ...topic, name: "a" });
    expect(await store.pinnedTopics()).toEqual([{ ...topic, name: "a" }, topic]);
  });

  it("adds a source that is due at once and has seen nothing", async () => {
    const { store } = await open();
    await store.ensureInstallation({ prefix: "tidemark", shardCount: 4 });
    const wanted = config("acme", { shard: 2, group: "shared", deleteLimit: 7 });
    expect(await store.applySources([wanted])).toEqual({ added: ["acme"], changed: [], unchanged: [] });
    expect(await store.loadSources([0, 1, 3])).toEqual([]);
    const [source] = await store.loadSources([2]);
    expect(source).toMatchObject({
      ...wanted,
      settingsVersion: 1,
      state: "running",
      cursor: null,
      population: 0,
      activity: [],
      isLoaded: false,
      failures: 0,
      lastAttemptAgeMs: null,
      lastSuccessAgeMs: null,
      cursorAgeMs: null,
      openSweep: null,
    });
    expect(source?.pollDueInMs).toBeLessThanOrEqual(0);
    expect(source?.sweepDueInMs).toBeGreaterThan(3_500_000);
    expect(await store.loadSource(-1)).toBeNull();
  });

  it("applying the same configuration again changes nothing, whatever the order of its members", async () => {
    const { store } = await open();
    await store.ensureInstallation({ prefix: "tidemark", shardCount: 4 });
    await store.applySources([config("acme")]);
    const revision = await revisionOf(store);
    const reordered = config("acme", {
      settings: { nested: { b: [true, null], a: 1 }, tenant: "acme" },
      shard: 3,
    });
    expect(await store.applySources([reordered])).toEqual({ added: [], changed: [], unchanged: ["acme"] });
    expect(await revisionOf(store)).toBe(revision);
    expect((await store.loadSources([0]))[0]?.settingsVersion).toBe(1);
  });

  it("a changed source has a new settings version, keeps its shard and is due within its new interval", async () => {
    const { store } = await open();
    const { source, lease } = await owned(store);
    const finished = { kind: "poll" as const, nextInMs: 60_000, tookMs: 5, counts: noCounts };
    const start = { source, lease };
    const { revision } = (await committed(store, start, step(start, { cursor: 1, finished }))).source;
    const before = await revisionOf(store);
    const changed = config("acme", {
      everyMs: 1_000,
      sweepEveryMs: 2_000,
      topic: "other",
      deleteLimit: 3,
      shard: 3,
    });
    expect(await store.applySources([changed, config("more")])).toEqual({
      added: ["more"],
      changed: ["acme"],
      unchanged: [],
    });
    expect(await revisionOf(store)).not.toBe(before);
    const after = await reload(store, source);
    expect(after).toMatchObject({ ...changed, shard: 0, settingsVersion: 2, revision, cursor: 1 });
    expect(after.pollDueInMs).toBeLessThanOrEqual(1_000);
    expect(after.sweepDueInMs).toBeLessThanOrEqual(2_000);
  });

  it("a halted source whose settings are corrected runs again at once", async () => {
    const { store } = await open();
    const { source, lease } = await owned(store);
    await store.failPass({ ...failure(source.id, lease), halt: true, retryInMs: 900_000 });
    expect((await store.applySources([config("acme")])).unchanged).toEqual(["acme"]);
    expect((await reload(store, source)).state).toBe("halted");
    await store.applySources([config("acme", { settings: { tenant: "right" } })]);
    const after = await reload(store, source);
    expect(after).toMatchObject({ state: "running", haltedCode: null, haltedReason: null, failures: 0 });
    expect(after.pollDueInMs).toBeLessThanOrEqual(0);
  });

  it("another connector or group for an existing source is refused, with every fault, and nothing is applied", async () => {
    const { store } = await open();
    await store.ensureInstallation({ prefix: "tidemark", shardCount: 4 });
    await store.applySources([config("a"), config("b")]);
    const wanted = [config("a", { connector: "bamboohr" }), config("b", { group: "g" }), config("c")];
    const refusal = await store.applySources(wanted).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigError);
    const { faults } = refusal as ConfigError;
    expect(faults).toHaveLength(2);
    expect(faults[0]).toContain("sources.a.connector");
    expect(faults[1]).toContain("sources.b.group");
    expect((await store.overview()).sources.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("an intent waits for the owner of its source's shard and is carried out once, under the term", async () => {
    const { store } = await open();
    const { source, lease } = await owned(store);
    const before = await revisionOf(store);
    expect(await store.askIntent({ source: "nobody", verb: "poll", actor: "cli" })).toBeNull();
    expect(await revisionOf(store)).toBe(before);
    await store.failPass({ ...failure(source.id, lease), halt: true, retryInMs: 900_000 });
    const id = (await store.askIntent({ source: "acme", verb: "resume", actor: "cli" })) ?? "";
    expect(await revisionOf(store)).not.toBe(before);

    expect(await store.pendingIntents([1, 2, 3])).toEqual([]);
    const [pending] = await store.pendingIntents([0]);
    const asked = {
      id,
      sourceId: source.id,
      source: "acme",
      verb: "resume",
      actor: "cli",
      doneAt: null,
      outcome: null,
    };
    expect(pending).toMatchObject(asked);
    expect(pending?.askedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);

    const done = { intent: id, shard: 0, outcome: "done" };
    expect(await store.finishIntent({ ...done, term: "0" })).toBe(false);
    expect(await store.finishIntent({ ...done, term: await termOf(store, 1), shard: 1 })).toBe(false);
    expect((await reload(store, source)).state).toBe("halted");
    expect(await store.finishIntent({ ...done, term: lease.term })).toBe(true);
    expect(await store.finishIntent({ ...done, term: lease.term })).toBe(false);
    const after = await reload(store, source);
    expect(after).toMatchObject({ state: "running", haltedCode: null, haltedReason: null, failures: 0 });
    expect(after.pollDueInMs).toBeLessThanOrEqual(0);
    expect(await store.pendingIntents([0])).toEqual([]);
    expect(await store.intent(id)).toMatchObject({
      ...asked,
      doneAt: expect.any(String),
      outcome: "done",
    });
    expect(await store.intent("999")).toBeNull();
  });

  it.each(["poll", "sweep"] as const)(
    "the intent %s makes it due and leaves everything else",
    async (verb) => {
      const { store } = await open();
      const { source, lease } = await owned(store);
      await store.failPass({ ...failure(source.id, lease), halt: true, retryInMs: 900_000 });
      const id = (await store.askIntent({ source: "acme", verb, actor: "cli" })) ?? "";
      await store.finishIntent({ intent: id, shard: 0, term: lease.term, outcome: "done" });
      const after = await reload(store, source);
      expect(after).toMatchObject({ state: "halted", failures: 1 });
      expect((after.pollDueInMs ?? 0) <= 0).toBe(verb === "poll");
      expect(after.sweepDueInMs <= 0).toBe(verb === "sweep");
    },
  );
}

function failure(sourceId: number, lease: { shard: number; term: string }) {
  return {
    ...lease,
    sourceId,
    kind: "poll" as const,
    halt: false,
    code: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
    message: "401",
    retryInMs: 0,
    tookMs: 1.5,
    counts: noCounts,
    abandonSweep: false,
  };
}
