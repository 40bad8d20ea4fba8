import type { PoolClient } from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { RetryableError } from "../../src/core/errors.ts";
import { createPool } from "../../src/postgres/pool.ts";
import { commit } from "../../src/postgres/commit.ts";
import {
  committed,
  everything,
  failed,
  inserting,
  journalOf,
  type Owned,
  owned,
  reload,
  termOf,
  workerId,
} from "../contract/store-samples.ts";
import { freshStore } from "./fresh-store.ts";

/** What only a real server can show: commits that wait for a row, and what becomes of them meanwhile. */
describe("the fence of a commit", () => {
  const database = freshStore();

  it("a commit that waited while its shard was taken over changes nothing and leaves no gap", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    const grant = await locked("update shard set owner = 'b', term = term + 1 where id = 0");
    const zombie = store.commit(inserting(start, ["zombie"]));
    await commitsWaiting(1);
    await grant.query("commit");
    expect(await zombie).toEqual({ kind: "term-lost" });
    await sameAsUntouched(start, ["zombie"]);

    const successor = { source: start.source, lease: { shard: 0, term: await termOf(store, 0) } };
    await committed(store, successor, inserting(successor, ["a"]));
    expect((await journalOf(store)).map(({ seq, accountId }) => [seq, accountId])).toEqual([["1", "a"]]);
  });

  it("a commit that waited while another step of its source was committed is stale and leaves no gap", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    const other = await locked("update source set revision = revision + 1");
    const twin = store.commit(inserting(start, ["twin"]));
    await commitsWaiting(1);
    await other.query("commit");
    expect(await twin).toEqual({ kind: "stale" });
    await sameAsUntouched({ ...start, source: await reload(store, start.source) }, ["twin"]);
  });

  it("of many commits that wait with one revision, one comes through", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    const gate = await locked("select from shard where id = 0 for update");
    const twins = ["a", "b", "c"].map((id) => store.commit(inserting(start, [id, "shared"])));
    await commitsWaiting(3);
    await gate.query("commit");
    expect((await Promise.all(twins)).map(({ kind }) => kind).toSorted()).toEqual([
      "committed",
      "stale",
      "stale",
    ]);
    await oneSetOfRows(start, 2);
  });

  it("a commit whose backend is ended while it waits has not happened; the same page is committed once more", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    const gate = await locked("select from shard where id = 0 for update");
    const cut = store.commit(inserting(start, ["a", "b"])).catch((error: unknown) => error);
    const [pid] = await commitsWaiting(1);
    await database.behind.query("select pg_terminate_backend($1)", [pid]);
    await gate.query("commit");
    const lost = await cut;
    expect(lost).toBeInstanceOf(RetryableError);
    expect(lost).toMatchObject({ code: "TIDEMARK_DATABASE_UNAVAILABLE" });
    await commitsAgain(start, ["a", "b"]);
  });

  it("a commit whose socket dies while it waits goes on in the server; the same page, diffed anew, changes nothing twice", async () => {
    const { store } = await database.open();
    const start = await owned(store);
    const gate = await locked("select from shard where id = 0 for update");
    const pool = createPool({ url: database.url, maxConnections: 1 });
    onTestFinished(() => pool.end());
    pool.on("acquire", (client) => sockets.push(client));
    const sockets: PoolClient[] = [];
    const cut = commit(pool, inserting(start, ["a", "b"])).catch((error: unknown) => error);
    const [pid] = await commitsWaiting(1);
    socketOf(sockets[0]).destroy();
    expect(await cut).toMatchObject({ code: "TIDEMARK_DATABASE_UNAVAILABLE" });

    // Unknown outcome: nothing has happened yet, and the statement is still under way in the server.
    const again = store.commit(
      inserting({ ...start, source: await reload(store, start.source) }, ["a", "b"]),
    );
    await commitsWaiting(2);
    await gate.query("commit");
    const outcome = await again;
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(["committed", "stale"]).toContain(outcome.kind);
    await oneSetOfRows(start, 2);
  });

  it("a database that lost its newest rows gives out neither a term nor a revision again", async () => {
    const { store } = await database.open();
    const { source, lease } = await owned(store);
    const { rows } = await database.behind.query<{ term: string; revision: string }>(
      "select term, revision from shard, source where shard.id = 0",
    );
    const fail = async () => {
      expect(await store.failPass(failed(source.id, { shard: 0, term: await termOf(store, 0) }))).toBe(true);
      return (await reload(store, source)).revision;
    };
    const regrant = async () => {
      await store.releaseShards({ workerId, leases: [{ shard: 0, term: await termOf(store, 0) }] });
      return (await store.acquireShards({ workerId, limit: 1, ttlMs: 15_000 }))[0]?.term;
    };
    const retake = async () => {
      await store.releaseShards({ workerId, leases: [{ shard: 0, term: await termOf(store, 0) }] });
      return (await store.takeShard({ shard: 0, workerId, ttlMs: 15_000 }))?.term;
    };
    const lost = [lease.term, await fail(), await regrant(), await retake()];

    await database.behind.query("update shard set term = $1 where id = 0", [rows[0]?.term]);
    await database.behind.query("update source set revision = $1", [rows[0]?.revision]);
    // Several terms may be granted in one millisecond of the server's clock.
    await database.behind.query("select pg_sleep(0.005)");
    const given = [await fail(), await regrant(), await retake()];
    expect(new Set([...lost, ...given]).size).toBe(lost.length + given.length);
  });

  it("an abandoned connection keeps the shard's row locked only until the server's timeout", async () => {
    const { store } = await database.open();
    await owned(store);
    const pool = createPool({ url: database.url, maxConnections: 1 });
    onTestFinished(() => pool.end());
    const { rows } = await pool.query(
      `select name, setting from pg_settings
       where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'application_name')
       order by name`,
    );
    expect(rows).toEqual([
      { name: "application_name", setting: "tidemark" },
      { name: "idle_in_transaction_session_timeout", setting: "10000" },
      { name: "lock_timeout", setting: "10000" },
      { name: "statement_timeout", setting: "30000" },
    ]);
  });

  it("two processes that look for shards at once never get the same one", async () => {
    const { store } = await database.open();
    await store.ensureInstallation({ prefix: "tidemark", shardCount: 64 });
    const wanted = Array.from({ length: 8 }, (_, index) => ({
      workerId: `w${index}`,
      limit: 20,
      ttlMs: 60_000,
    }));
    const granted = (await Promise.all(wanted.map((worker) => store.acquireShards(worker)))).flat();
    const rest = await store.acquireShards({ workerId: "late", limit: 64, ttlMs: 60_000 });
    const shards = [...granted, ...rest].map(({ shard }) => shard);
    expect(new Set(shards).size).toBe(shards.length);
    expect(shards).toHaveLength(64);
  });

  /** Holds what this statement locks, in a transaction of another session, until that is committed. */
  async function locked(statement: string): Promise<PoolClient> {
    const session = await database.behind.connect();
    onTestFinished(() => session.release(true));
    await session.query("begin");
    await session.query(statement);
    return session;
  }

  /** Resolves when this many commits wait for a lock. @returns their backends. */
  async function commitsWaiting(count: number): Promise<number[]> {
    const waiting = async () => {
      const { rows } = await database.behind.query<{ pid: number }>(
        `select pid from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '/* source.commit */%' order by query_start`,
      );
      return rows.map(({ pid }) => pid);
    };
    await expect.poll(async () => (await waiting()).length, { timeout: 9_000 }).toBe(count);
    return waiting();
  }

  async function isAlive(pid: number | undefined): Promise<boolean> {
    const { rows } = await database.behind.query("select from pg_stat_activity where pid = $1", [pid]);
    return rows.length > 0;
  }

  async function sameAsUntouched(start: Owned, ids: string[]): Promise<void> {
    const { accounts, journal, anchor, source } = await everything(database.store, start, ids);
    expect({ accounts, journal, lastSeq: anchor.lastSeq }).toEqual({
      accounts: [],
      journal: [],
      lastSeq: "0",
    });
    expect(source.population).toBe(0);
  }

  /** What the lane does after a lost outcome: reads back, and commits again only if it has to. */
  async function commitsAgain(start: Owned, ids: string[]): Promise<void> {
    const now = await reload(database.store, start.source);
    expect(now.revision).toBe(start.source.revision);
    await committed(database.store, start, inserting({ ...start, source: now }, ids));
    await oneSetOfRows(start, ids.length);
  }

  async function oneSetOfRows(start: Owned, count: number): Promise<void> {
    const journal = await journalOf(database.store);
    expect(journal.map(({ seq }) => seq)).toEqual(
      Array.from({ length: count }, (_, index) => String(index + 1)),
    );
    expect((await database.store.shardAnchor(0)).lastSeq).toBe(String(count));
    const { rows } = await database.behind.query("select from account");
    expect(rows).toHaveLength(count);
    expect((await reload(database.store, start.source)).revision).toBe(journal[0]?.batchNonce);
  }
});

/** The TCP socket under a connection. */
function socketOf(client: PoolClient | undefined): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
}
