import { describe, expect, it } from "vitest";
import { committed, noCounts, owned, reload, step } from "../contract/store-samples.ts";
import { freshStore } from "./fresh-store.ts";

/** What the port does not show: history, quarantine and staging, as an operator finds them in the tables. */
describe("rows that passes leave", () => {
  const database = freshStore();
  const passes = async () =>
    (
      await database.behind.query(
        "select kind, outcome, error_code, pages, inserted, seen from pass order by id",
      )
    ).rows;
  const finished = { kind: "poll" as const, nextInMs: 1_000, tookMs: 250.5, counts: noCounts };

  it("a poll that changed nothing leaves none; one that did is history", async () => {
    const { store } = await database.open();
    let at = await owned(store);
    const unchanged = { ...noCounts, pages: 3, observed: 9, unchanged: 9 };
    at = await committed(store, at, step(at, { finished: { ...finished, counts: unchanged } }));
    expect(await passes()).toEqual([]);
    expect((await database.behind.query("select from checkpoint")).rows).toEqual([]);
    const counts = { ...noCounts, pages: 2, inserted: 4 };
    await committed(store, at, step(at, { finished: { ...finished, counts } }));
    expect(await passes()).toEqual([
      { kind: "poll", outcome: "done", error_code: null, pages: 2, inserted: 4, seen: 0 },
    ]);
    const { rows } = await database.behind.query(
      "select extract(epoch from ended_at - started_at)::float8 as took from pass",
    );
    expect(rows).toEqual([{ took: 0.2505 }]);
  });

  it("a failed poll is history, with its code", async () => {
    const { store } = await database.open();
    const { source, lease } = await owned(store);
    const failed = { kind: "poll" as const, halt: false, code: "X", message: "y", retryInMs: 1, tookMs: 1 };
    await store.failPass({ ...lease, sourceId: source.id, ...failed, counts: noCounts, abandonSweep: false });
    expect(await passes()).toMatchObject([{ kind: "poll", outcome: "failed", error_code: "X" }]);
  });

  it("a sweep is one row, whether it ends well or is given up", async () => {
    const { store } = await database.open();
    let at = await owned(store);
    for (const isGivenUp of [false, true]) {
      const sweep = await store.openSweep({ ...at.lease, sourceId: at.source.id });
      at = await committed(store, at, step(at, { seen: { passId: sweep?.passId ?? "", ids: ["a"] } }));
      if (isGivenUp) {
        const failed = {
          kind: "sweep" as const,
          halt: false,
          code: "X",
          message: "y",
          retryInMs: 1,
          tookMs: 1,
        };
        await store.failPass({
          ...at.lease,
          sourceId: at.source.id,
          ...failed,
          counts: noCounts,
          abandonSweep: true,
        });
      } else {
        const counts = { ...noCounts, pages: 5 };
        at = await committed(store, at, step(at, { finished: { ...finished, kind: "sweep", counts } }));
      }
    }
    expect(await passes()).toMatchObject([
      { kind: "sweep", outcome: "done", error_code: null, pages: 5, seen: 1 },
      { kind: "sweep", outcome: "failed", error_code: "X", seen: 1 },
    ]);
    expect((await database.behind.query("select from sweep_seen")).rows).toEqual([]);
  });

  it("the same bad item is one row that counts, however often it is read", async () => {
    const { store } = await database.open();
    let at = await owned(store);
    const bad = { raw: { id: null, name: "\u0000'\"" }, reason: "the item has no id" };
    const other = { raw: "text", reason: "not an object" };
    at = await committed(store, at, step(at, { rejected: [bad, other, bad] }));
    await committed(store, at, step(at, { rejected: [bad] }));
    const { rows } = await database.behind.query("select item, reason, times from quarantine order by times");
    expect(rows).toEqual([
      { item: other.raw, reason: other.reason, times: 1 },
      { item: bad.raw, reason: bad.reason, times: 3 },
    ]);
  });

  it("a crash that empties the staging of a sweep shows: fewer ids are staged than were seen", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    const sweep = await store.openSweep({ ...start.lease, sourceId: start.source.id });
    const passId = sweep?.passId ?? "";
    await committed(store, start, step(start, { seen: { passId, ids: ["a", "b"] } }));
    // What recovery does to an unlogged table.
    await database.behind.query("truncate sweep_seen");
    const { openSweep } = await reload(store, start.source);
    expect(openSweep).toMatchObject({ passId, seen: 2 });
    expect(await store.countSeen(passId)).toBe(0);
    let at = { ...start, source: await reload(store, start.source) };
    const changes = [{ id: "a", document: null }];
    at = await committed(store, at, step(at, { holds: [{ reason: "empty-sweep", detail: "", changes }] }));
    await database.behind.query("update hold set state = 'approved', decided_at = now(), decided_by = 'ann'");
    const slice = { sourceId: at.source.id, passId, after: null, limit: 10 };
    expect(await store.approvedAbsent(slice)).toEqual([]);
    const { revision } = at.source;
    const reason = { reason: "empty-sweep" as const, detail: "none was seen" };
    const absent = { ...start.lease, sourceId: at.source.id, revision, nextRevision: "1", passId, ...reason };
    expect(await store.holdAbsent(absent)).toEqual({ kind: "stale" });
    expect(await store.holds()).toHaveLength(1);
    const { rows } = await database.behind.query(
      "select relpersistence from pg_class where relname = 'sweep_seen'",
    );
    expect(rows).toEqual([{ relpersistence: "u" }]);
  });

  it("the database refuses a journal number that was published before it was given", async () => {
    const { store } = await database.open();
    await owned(store);
    const ahead = database.behind.query("update shard set published_seq = 5, seeded = true where id = 0");
    await expect(ahead).rejects.toMatchObject({ constraint: "shard_published_was_given" });
  });
});
