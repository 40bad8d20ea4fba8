import { describe, expect, it } from "vitest";
import { RetryableError } from "../../src/core/errors.ts";
import { everything, failed, inserting, owned, reload, termOf, workerId } from "../contract/store-samples.ts";
import { storeContract } from "../contract/store.ts";
import { memoryStore } from "./memory-store.ts";

function open() {
  let nowMs = Date.UTC(2026, 0, 1);
  const store = memoryStore({ now: () => nowMs });
  return {
    store,
    advance: async (ms: number) => {
      nowMs += ms;
    },
    journalledAt: async (times: Readonly<Record<string, string>>) => {
      for (const row of store.state.shards.get(0)?.journal ?? []) {
        const at = times[row.seq];
        if (at === undefined) continue;
        row.createdAt = Date.parse(at);
        store.state.partitions.add(at.slice(0, 10).replaceAll("-", ""));
      }
    },
  };
}

describe("memory store", () => {
  storeContract(async () => open());

  const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");

  it("a call that is made to fail without effect changes nothing, and only the next one fails", async () => {
    const { store } = open();
    const start = await owned(store);
    const before = await everything(store, start, ["a"]);
    store.failNext("commit", lost, { applied: false });
    await expect(store.commit(inserting(start, ["a"]))).rejects.toBe(lost);
    expect(await everything(store, start, ["a"])).toEqual(before);
    expect((await store.commit(inserting(start, ["a"]))).kind).toBe("committed");
  });

  it("a call whose outcome is lost has taken effect", async () => {
    const { store } = open();
    const start = await owned(store);
    store.failNext("commit", lost, { applied: true });
    await expect(store.commit(inserting(start, ["a"]))).rejects.toBe(lost);
    expect((await reload(store, start.source)).revision).not.toBe(start.source.revision);
    expect(await store.commit(inserting(start, ["a"]))).toEqual({ kind: "stale" });
  });

  it("put back to what it was, it gives out neither a term nor a revision again", async () => {
    const { store, advance } = open();
    const { source, lease } = await owned(store);
    const shard = structuredClone(store.state.shards.get(0)!);
    const row = structuredClone(store.state.sources.get(source.id)!);
    const fail = async () => {
      expect(await store.failPass(failed(source.id, { shard: 0, term: await termOf(store, 0) }))).toBe(true);
      return (await reload(store, source)).revision;
    };
    const regrant = async () => {
      await store.releaseShards({ workerId, leases: [{ shard: 0, term: await termOf(store, 0) }] });
      const [granted] = await store.acquireShards({ workerId, limit: 1, ttlMs: 15_000 });
      return granted?.term;
    };
    const [revision, term] = [await fail(), await regrant()];
    expect(term).not.toBe(lease.term);
    store.state.shards.set(0, shard);
    store.state.sources.set(source.id, row);
    await advance(2);
    expect(await fail()).not.toBe(revision);
    expect(await regrant()).not.toBe(term);
  });

  it("what a caller holds is a copy", async () => {
    const { store } = open();
    const { source } = await owned(store);
    source.settings["tenant"] = "changed";
    expect((await reload(store, source)).settings["tenant"]).toBe("acme");
  });
});
