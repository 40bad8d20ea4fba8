import { expect, it } from "vitest";
import { committed, inserting, owned, type StoreUnderTest } from "./store-samples.ts";

export function retentionContract(open: () => Promise<StoreUnderTest>): void {
  it("today's events stay, however small the journal should be", async () => {
    const { store } = await open();
    const start = await owned(store);
    await committed(store, start, inserting(start, ["a", "b"]));
    await store.recordPublished({ ...start.lease, seq: "2", nonce: "9" });
    const limits = { daysAhead: 1, retentionDays: 1, journalMaxBytes: 0 };
    expect(await store.maintainJournal(limits)).toEqual({ created: [], dropped: [], kept: null });
    expect(await store.journalRow(0, "1")).not.toBeNull();
  });

  it("tells of itself what `doctor` wants to know, also before the first installation", async () => {
    const { store } = await open();
    expect(await store.databaseCondition()).toMatchObject({ installation: null });
    await store.ensureInstallation({ prefix: "tidemark", shardCount: 4 });
    await store.pinCluster("cluster");
    await store.maintainJournal({ daysAhead: 1 });
    const condition = await store.databaseCondition();
    expect(condition).toMatchObject({
      installation: { prefix: "tidemark", shardCount: 4, clusterId: "cluster" },
      now: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
    const { today, days, bytes } = condition.journal;
    expect(today).toBe(condition.now.slice(0, 10).replaceAll("-", ""));
    expect(days).toContain(today);
    expect(days).toEqual(days.toSorted());
    expect(bytes).toBeGreaterThanOrEqual(0);
    const { used, most } = condition.connections;
    expect(used).toBeGreaterThan(0);
    expect(most).toBeGreaterThan(used);
    expect(condition.versionNumber).toBeGreaterThanOrEqual(150_000);
  });

  it("the overview shows the first event that each shard still has", async () => {
    const { store } = await open();
    const start = await owned(store);
    const earliest = async () => (await store.overview()).shards.map((shard) => shard.earliest);
    expect(await earliest()).toEqual([null, null, null, null]);
    await committed(store, start, inserting(start, ["a", "b"]));
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
    expect(await earliest()).toEqual([{ seq: "1", at }, null, null, null]);
  });
}
