import { expect, it } from "vitest";
import { storedEntry } from "../../src/core/event.ts";
import type { NumberedEntry, ShardRestore } from "../../src/ports/store.ts";
import {
  account,
  committed,
  entry,
  inserting,
  journalOf,
  owned,
  reload,
  step,
  type StoreUnderTest,
  whole,
  workerId,
} from "./store-samples.ts";

export function repairContract(open: () => Promise<StoreUnderTest>): void {
  it("one shard can be taken when it is free or its lease has run out, each time with a new term", async () => {
    const { store, advance } = await open();
    const { lease } = await owned(store);
    const wanted = { shard: 0, workerId: "repair", ttlMs: 1_000 };
    expect(await store.takeShard(wanted)).toBeNull();
    await store.releaseShards({ workerId, leases: [lease] });
    const taken = await store.takeShard(wanted);
    expect(taken?.shard).toBe(0);
    expect(BigInt(taken?.term ?? 0)).toBeGreaterThan(BigInt(lease.term));
    expect(await store.takeShard({ ...wanted, workerId: "other" })).toBeNull();
    await advance(1_500);
    const other = await store.takeShard({ ...wanted, workerId: "other" });
    expect(BigInt(other?.term ?? 0)).toBeGreaterThan(BigInt(taken?.term ?? 0));
  });

  /** Numbers 1 and 2 stay; 3 to 4 are replaced, 5 is new. */
  async function journalled(store: StoreUnderTest["store"]) {
    const start = await owned(store);
    const at = await committed(store, start, inserting(start, ["a", "b", "c"], { batchNonce: "7" }));
    return committed(store, at, step(at, { entries: [entry("a", 2, "updated")], batchNonce: "8" }));
  }

  const numbered = (sourceId: number, seq: number, of: ReturnType<typeof entry>): NumberedEntry => ({
    ...storedEntry(of),
    sourceId,
    seq: String(seq),
    batchNonce: "4611686018427387903",
  });

  async function restoring(restore: ShardRestore, sourceId: number, firstLostAt: string | null = null) {
    const removed = await restore.takeOut("2");
    await restore.putEntries([
      numbered(sourceId, 3, entry("b", 2, "deleted")),
      numbered(sourceId, 4, entry("d", 1)),
      numbered(sourceId, 5, entry("e", 1)),
    ]);
    await restore.putAccounts(sourceId, [
      account("a", 1),
      account("b", 2, null),
      account("c", 0, null),
      account("d"),
      account("e"),
    ]);
    const known = await restore.knownAccounts(sourceId, ["a", "b", "c", "d"]);
    await restore.finish({
      lastSeq: "5",
      publishedSeq: "4",
      publishedNonce: "4611686018427387903",
      firstLostAt,
    });
    return { removed, known };
  }

  it("journal and accounts of a shard are rewritten as a whole", async () => {
    const { store } = await open();
    const { source, lease } = await journalled(store);
    let seen: Awaited<ReturnType<typeof restoring>> | null = null;
    const isDone = await store.restoreShard(lease, async (restore) => {
      seen = await restoring(restore, source.id);
    });
    expect(isDone).toBe(true);
    expect(seen).toMatchObject({
      removed: [
        { ...storedEntry(entry("c")), sourceId: source.id, seq: "3", batchNonce: "7" },
        { ...storedEntry(entry("a", 2, "updated")), sourceId: source.id, seq: "4", batchNonce: "8" },
      ],
      known: expect.arrayContaining([account("a", 1), account("b", 2, null), account("d")]),
    });
    expect((await journalOf(store)).map(({ seq, accountId, version }) => [seq, accountId, version])).toEqual([
      ["1", "a", 1],
      ["2", "b", 1],
      ["3", "b", 2],
      ["4", "d", 1],
      ["5", "e", 1],
    ]);
    const [, , third] = await journalOf(store);
    expect(third).toEqual({
      ...storedEntry(entry("b", 2, "deleted")),
      seq: "3",
      batchNonce: "4611686018427387903",
    });
    expect(await store.shardAnchor(0)).toEqual({
      lastSeq: "5",
      publishedSeq: "4",
      publishedNonce: "4611686018427387903",
      seeded: true,
    });
    const now = await reload(store, source);
    expect(now.population).toBe(3);
    expect(now.sweepDueInMs).toBeLessThanOrEqual(0);
    const stale = await store.commit(step({ source, lease }));
    expect(stale.kind).toBe("stale");
  });

  it("what a replay has brought is taken out and put back as such", async () => {
    const { store } = await open();
    const { source, lease } = await journalled(store);
    const replays = [
      { id: "4", originSeq: "1" },
      { id: "5", originSeq: null },
    ];
    const put = replays.map((replay, index) => ({ ...numbered(source.id, 3 + index, entry("a")), replay }));
    await store.restoreShard(lease, async (restore) => {
      await restore.takeOut("2");
      await restore.putEntries(put);
      expect((await restore.takeOut("2")).map(({ replay }) => replay)).toEqual(replays);
      await restore.putEntries(put);
      await restore.finish({ lastSeq: "4", publishedSeq: "4", publishedNonce: "1", firstLostAt: null });
    });
    expect((await journalOf(store)).map(({ replay }) => replay)).toEqual([undefined, undefined, ...replays]);
  });

  it("a cursor that has moved since the loss begins anew, one that has not stays", async () => {
    const { store } = await open();
    const { source, lease } = await journalled(store);
    const at = await reload(store, source);
    await committed(store, { source: at, lease }, step({ source: at, lease }, { cursor: { page: 2 } }));
    const restored = async (firstLostAt: string | null) => {
      expect(
        await store.restoreShard(
          lease,
          async (restore) => void (await restoring(restore, source.id, firstLostAt)),
        ),
      ).toBe(true);
      return (await reload(store, source)).cursor;
    };
    expect(await restored(null)).toEqual({ page: 2 });
    expect(await restored("2200-01-01T00:00:00.000Z")).toEqual({ page: 2 });
    expect(await restored("1970-01-01T00:00:00.000Z")).toBeNull();
    expect((await reload(store, source)).pollDueInMs).toBeLessThanOrEqual(0);
  });

  it("nothing is rewritten when the work fails or the term is lost", async () => {
    const { store } = await open();
    const { source, lease } = await journalled(store);
    const before = { journal: await journalOf(store), anchor: await store.shardAnchor(0) };
    const failing = store.restoreShard(lease, async (restore) => {
      await restoring(restore, source.id);
      throw new TypeError("on purpose");
    });
    await expect(failing).rejects.toThrow(new TypeError("on purpose"));
    const work = () => Promise.reject(new Error("must not be called"));
    expect(await store.restoreShard({ ...lease, term: "99" }, work)).toBe(false);
    expect({ journal: await journalOf(store), anchor: await store.shardAnchor(0) }).toEqual(before);
    expect(await store.knownAccounts(source.id, whole(["a"]))).toEqual([account("a", 2)]);
  });

  it("nothing is rewritten when somebody takes the shard meanwhile", async () => {
    const { store, advance } = await open();
    const { source, lease } = await journalled(store);
    const before = { journal: await journalOf(store), anchor: await store.shardAnchor(0) };
    const isDone = await store.restoreShard(lease, async (restore) => {
      await advance(20_000);
      expect(await store.takeShard({ shard: 0, workerId: "other", ttlMs: 15_000 })).not.toBeNull();
      await restoring(restore, source.id);
    });
    expect(isDone).toBe(false);
    expect({ journal: await journalOf(store), anchor: await store.shardAnchor(0) }).toEqual(before);
  });
}
