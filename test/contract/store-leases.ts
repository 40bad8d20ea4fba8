import { expect, it } from "vitest";
import { type StoreUnderTest, config } from "./store-samples.ts";

/** Half of it is longer than a database that does much else may take. */
const ttlMs = 60_000;

export function leaseContract(open: () => Promise<StoreUnderTest>): void {
  const installed = async () => {
    const opened = await open();
    await opened.store.ensureInstallation({ prefix: "tidemark", shardCount: 4 });
    return opened;
  };
  const worker = (id: string) => ({ id, host: `host of ${id}`, version: "0.1.0", ttlMs });

  it("workers are ranked by id among those that live", async () => {
    const { store, advance } = await installed();
    expect(await store.announceWorker(worker("b"))).toMatchObject({ rank: 0, workers: 1 });
    expect(await store.announceWorker(worker("a"))).toMatchObject({ rank: 0, workers: 2 });
    expect(await store.announceWorker(worker("b"))).toMatchObject({ rank: 1, workers: 2 });
    expect(await store.announceWorker(worker("C"))).toMatchObject({ rank: 0, workers: 3 });
    await store.retireWorker("C");
    expect(await store.announceWorker(worker("b"))).toMatchObject({ rank: 1, workers: 2 });
    await advance(ttlMs + 1_000);
    expect(await store.announceWorker(worker("b"))).toMatchObject({ rank: 0, workers: 1 });
    expect(await store.announceWorker(worker("a"))).toMatchObject({ rank: 0, workers: 2 });
  });

  it("a heartbeat tells when configuration has changed", async () => {
    const { store } = await installed();
    const told = async () => (await store.announceWorker(worker("a"))).configRevision;
    const before = await told();
    expect(await told()).toBe(before);
    await store.applySources([config("acme")]);
    const applied = await told();
    expect(applied).not.toBe(before);
    await store.askIntent({ source: "acme", verb: "poll", actor: "test" });
    expect(await told()).not.toBe(applied);
  });

  it("workers that are long dead are forgotten", async () => {
    const { store, advance } = await installed();
    await store.announceWorker(worker("a"));
    await advance(ttlMs + 1_000);
    await store.announceWorker(worker("b"));
    expect((await store.overview()).workers).toMatchObject([
      { id: "a" },
      { id: "b", host: "host of b", shards: 0 },
    ]);
    await advance(3_700_000);
    await store.announceWorker(worker("b"));
    expect((await store.overview()).workers.map(({ id }) => id)).toEqual(["b"]);
  });

  it("a shard has one owner: whoever comes later gets what is left", async () => {
    const { store } = await installed();
    const first = await store.acquireShards({ workerId: "a", limit: 3, ttlMs });
    const second = await store.acquireShards({ workerId: "b", limit: 3, ttlMs });
    expect(first).toHaveLength(3);
    expect(second).toHaveLength(1);
    expect(new Set([...first, ...second].map(({ shard }) => shard)).size).toBe(4);
    expect(await store.acquireShards({ workerId: "a", limit: 3, ttlMs })).toEqual([]);
    expect(await store.acquireShards({ workerId: "a", limit: 0, ttlMs })).toEqual([]);
  });

  it("every grant has a higher term, also after a release", async () => {
    const { store } = await installed();
    const wanted = { workerId: "a", limit: 4, ttlMs };
    const first = await store.acquireShards(wanted);
    await store.releaseShards({ workerId: "a", leases: first });
    const second = await store.acquireShards({ ...wanted, workerId: "b" });
    expect(second).toHaveLength(4);
    for (const { shard, term } of second) {
      const earlier = first.find((lease) => lease.shard === shard);
      expect(BigInt(term)).toBeGreaterThan(BigInt(earlier?.term ?? term));
    }
  });

  it("a lease that ran out is free for others; its former owner cannot renew or release it then", async () => {
    const { store, advance } = await installed();
    const old = await store.acquireShards({ workerId: "a", limit: 1, ttlMs });
    await store.acquireShards({ workerId: "c", limit: 3, ttlMs: 10 * ttlMs });
    await advance(ttlMs / 2);
    expect(await store.acquireShards({ workerId: "b", limit: 4, ttlMs })).toEqual([]);
    await advance(ttlMs);
    const [taken] = await store.acquireShards({ workerId: "b", limit: 4, ttlMs });
    expect(taken?.shard).toBe(old[0]?.shard);
    expect(await store.renewShards({ workerId: "a", leases: old, ttlMs })).toEqual([]);
    await store.releaseShards({ workerId: "a", leases: old });
    expect(await store.acquireShards({ workerId: "c", limit: 4, ttlMs })).toEqual([]);
  });

  it("the same worker under an older term renews nothing", async () => {
    const { store, advance } = await installed();
    const old = await store.acquireShards({ workerId: "a", limit: 4, ttlMs });
    await advance(ttlMs + 1_000);
    const current = await store.acquireShards({ workerId: "a", limit: 4, ttlMs });
    expect(current).toHaveLength(4);
    expect(await store.renewShards({ workerId: "a", leases: old, ttlMs })).toEqual([]);
    expect(await store.renewShards({ workerId: "b", leases: current, ttlMs })).toEqual([]);
  });

  it("a renewed lease lives on, also when it had run out and nobody took it", async () => {
    const { store, advance } = await installed();
    const leases = await store.acquireShards({ workerId: "a", limit: 4, ttlMs });
    await advance(ttlMs + 1_000);
    expect(new Set(await store.renewShards({ workerId: "a", leases, ttlMs }))).toEqual(new Set([0, 1, 2, 3]));
    await advance(ttlMs / 2);
    expect(await store.acquireShards({ workerId: "b", limit: 4, ttlMs })).toEqual([]);
  });

  it("the overview shows who owns what", async () => {
    const { store } = await installed();
    await store.announceWorker(worker("a"));
    await store.acquireShards({ workerId: "a", limit: 2, ttlMs });
    const { workers, shards } = await store.overview();
    expect(workers).toMatchObject([{ id: "a", version: "0.1.0", shards: 2 }]);
    expect(shards.filter(({ owner }) => owner === "a")).toHaveLength(2);
    expect(shards.filter(({ owner }) => owner === null)).toHaveLength(2);
    expect(shards[0]).toMatchObject({ lastSeq: "0", publishedSeq: "0", oldestAgeMs: null });
  });
}
