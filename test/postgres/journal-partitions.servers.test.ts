import { describe, expect, it } from "vitest";
import { asked } from "../contract/replay-samples.ts";
import { committed, inserting, journalOf, owned } from "../contract/store-samples.ts";
import { freshStore } from "./fresh-store.ts";

const dayMs = 86_400_000;
const options = { daysAhead: 3, retentionDays: 30 };

describe("partitions of the journal", () => {
  const database = freshStore();

  it("there is one for today and each of the next days", async () => {
    const { store } = await database.open();
    await store.maintainJournal(options);
    expect(await partitions()).toEqual([0, 1, 2, 3].map((days) => tableOf(days)));
  });

  it("an old one is dropped when all of it is published, and not before", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    await store.maintainJournal(options);
    const published = await partitionWithRow(40, 1);
    const pending = await partitionWithRow(35, 2);
    const young = await partitionWithRow(30, 1);
    await database.behind.query("update shard set last_seq = 2 where id = 0");
    await store.recordPublished({ ...start.lease, seq: "1", nonce: "1" });

    expect(await store.maintainJournal(options)).toEqual({
      created: [],
      dropped: [{ partition: published, because: "age" }],
      kept: { partition: pending, because: "unpublished" },
    });
    expect(await partitions()).toEqual(expect.arrayContaining([pending, young]));
    expect(await partitions()).not.toContain(published);
    expect((await journalOf(store)).map(({ seq }) => seq)).toContain("2");

    await store.recordPublished({ ...start.lease, seq: "2", nonce: "1" });
    const unlimited = { daysAhead: 3 };
    expect((await store.maintainJournal(unlimited)).dropped).toEqual([]);
    expect((await store.maintainJournal(options)).dropped).toMatchObject([{ partition: pending }]);
    expect(await store.maintainJournal(options)).toEqual({ created: [], dropped: [], kept: null });
  });

  it("the oldest leave when the journal is larger than it may be, until it fits", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    await store.maintainJournal({ ...options, journalMaxBytes: 0 });
    const [first, second, third] = [
      await partitionWithRow(3, 1),
      await partitionWithRow(2, 2),
      await partitionWithRow(1, 3),
    ];
    await database.behind.query("update shard set last_seq = 3 where id = 0");
    await store.recordPublished({ ...start.lease, seq: "3", nonce: "1" });
    const { rows } = await database.behind.query<{ bytes: string }>(
      "select sum(pg_total_relation_size(inhrelid)) as bytes from pg_inherits where inhparent = 'journal'::regclass",
    );
    const journalMaxBytes = Number(rows[0]?.bytes);
    const droppedAt = async (maxBytes: number) =>
      (await store.maintainJournal({ ...options, journalMaxBytes: maxBytes })).dropped;
    expect(await droppedAt(journalMaxBytes)).toEqual([]);
    expect(await droppedAt(journalMaxBytes - 1)).toEqual([{ partition: first, because: "size" }]);
    expect(await droppedAt(1)).toEqual([second, third].map((partition) => ({ partition, because: "size" })));
    expect(await partitions()).toContain(tableOf(0));
  });

  it("a day that a replay has still to read stays, and with it all that come after it", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    await store.maintainJournal(options);
    const [read, unread, young] = [
      await partitionWithRow(42, 1),
      await partitionWithRow(41, 2),
      await partitionWithRow(39, 3),
    ];
    await database.behind.query("update shard set last_seq = 3 where id = 0");
    await store.recordPublished({ ...start.lease, seq: "3", nonce: "1" });
    await database.behind.query("insert into replay (kind, actor) values ('journal', 'ann')");
    await database.behind.query(
      "insert into replay_part (replay_id, shard, next_seq, end_seq) values (1, 0, 2, 2)",
    );
    expect(await store.maintainJournal(options)).toEqual({
      created: [],
      dropped: [{ partition: read, because: "age" }],
      kept: { partition: unread, because: "replayed" },
    });
    await database.behind.query("update replay set state = 'cancelled', ended_at = now()");
    expect(await store.maintainJournal(options)).toEqual({
      created: [],
      dropped: [unread, young].map((partition) => ({ partition, because: "age" })),
      kept: null,
    });
  });

  it("one that a dying process has half detached is finished and dropped", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    const table = await partitionWithRow(50, 1);
    await database.behind.query("update shard set last_seq = 1 where id = 0");
    await store.recordPublished({ ...start.lease, seq: "1", nonce: "1" });
    const since = new Date(Date.now() - 50 * dayMs).toISOString();
    const replayed = () =>
      store.estimateReplay(asked({ from: { since: `${since.slice(0, 10)}T00:00:00Z` } }));
    expect(await replayed()).toMatchObject({ events: 1 });
    // A reader makes the second half of the detaching wait, until its session is ended.
    const reader = await database.behind.connect();
    await reader.query("begin");
    await reader.query("select from journal");
    const dying = await database.behind.connect();
    dying.on("error", () => {});
    const { rows } = await dying.query<{ pid: number }>("select pg_backend_pid() as pid");
    const detaching = dying
      .query(`alter table journal detach partition ${table} concurrently`)
      .catch((e: unknown) => e);
    await expect.poll(() => halfDetached()).toBe(true);
    await database.behind.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
    expect(await detaching).toBeInstanceOf(Error);
    dying.release(true);
    await reader.query("commit");
    reader.release();
    expect(await halfDetached()).toBe(true);
    // Nobody sees its events any more.
    expect(await replayed()).toMatchObject({ kind: "gone" });

    expect((await store.maintainJournal(options)).dropped).toEqual([{ partition: table, because: "age" }]);
    expect(await partitions()).not.toContain(table);
  });

  it("dropping waits for no commit and stops none", async () => {
    const { store } = await database.open();
    let at = await owned(store);
    await partitionWithRow(60, 0);
    const dropping = store.maintainJournal(options);
    for (const id of ["a", "b", "c", "d"]) at = await committed(store, at, inserting(at, [id]));
    expect((await dropping).dropped).toHaveLength(1);
    expect(await journalOf(store)).toHaveLength(4);
  });

  /** A partition of a day in the past; `seq` 0 leaves it empty. */
  async function partitionWithRow(daysAgo: number, seq: number): Promise<string> {
    const table = tableOf(-daysAgo);
    const day = new Date(Date.now() - daysAgo * dayMs).toISOString().slice(0, 10);
    const next = new Date(Date.now() - (daysAgo - 1) * dayMs).toISOString().slice(0, 10);
    await database.behind.query(
      `create table ${table} partition of journal for values from ('${day} 00:00Z') to ('${next} 00:00Z')`,
    );
    if (seq > 0) {
      await database.behind.query(
        `insert into journal (shard, seq, source_id, account_id, version, op, topic, key, value, hash, batch_nonce, observed_at, created_at)
         values (0, $1, 1, 'a', 1, 'inserted', 't', 'k', 'v', decode(repeat('00', 16), 'hex'), 1, now(), $2)`,
        [seq, `${day} 12:00Z`],
      );
    }
    return table;
  }

  async function partitions(): Promise<string[]> {
    const { rows } = await database.behind.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'journal'::regclass order by 1",
    );
    return rows.map(({ name }) => name);
  }

  async function halfDetached(): Promise<boolean> {
    const { rows } = await database.behind.query("select from pg_inherits where inhdetachpending");
    return rows.length > 0;
  }
});

function tableOf(daysFromNow: number): string {
  const day = new Date(Date.now() + daysFromNow * dayMs).toISOString().slice(0, 10);
  return `journal_${day.replaceAll("-", "")}`;
}
