import { Pool } from "pg";
import { afterAll, beforeAll } from "vitest";
import { migrate } from "../../src/postgres/migrate.ts";
import { postgresStore } from "../../src/postgres/postgres-store.ts";
import type { Store } from "../../src/ports/store.ts";
import type { StoreUnderTest } from "../contract/store-samples.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";

export const schema = "tidemark";

/** A migrated database for one test file: a store on it, and a view behind its back. */
export interface FreshStore {
  readonly url: string;
  readonly store: Store;
  /** For what no store would do: looking, locking, breaking. */
  readonly behind: Pool;
  /** Empties every table. */
  readonly open: () => Promise<StoreUnderTest>;
}

const tables =
  "installation, topic, worker, shard, source, intent, hold, held_change, account, journal, pass, sweep_seen, token, quarantine, source_shape, checkpoint, replay, replay_part";

/** Called once at the top of a file. */
export function freshStore(): FreshStore {
  let database: TestDatabase;
  let store: Store;
  let behind: Pool;
  /** Partitions of the past that a test has asked for. */
  const pastDays = new Set<string>();
  beforeAll(async () => {
    database = await createDatabase();
    await migrate(database.url, { schema });
    store = postgresStore({ url: database.url, schema });
    behind = new Pool({ connectionString: database.url, options: `-c search_path=${schema}` });
    behind.on("error", () => {});
  });
  afterAll(async () => {
    await Promise.all([store.close(), behind.end()]);
    await database.drop();
  });
  return {
    get url() {
      return database.url;
    },
    get store() {
      return store;
    },
    get behind() {
      return behind;
    },
    open: async () => {
      for (const day of pastDays) await behind.query(`drop table if exists ${day}`);
      pastDays.clear();
      await behind.query(`truncate ${tables} restart identity`);
      return { store, advance, journalledAt };
    },
  };

  /** The server's clock cannot be moved, so everything that is compared with it is moved back. */
  async function advance(ms: number): Promise<void> {
    for (const [table, columns] of Object.entries(instants)) {
      const back = columns.map((column) => `${column} = ${column} - $1::float8 * interval '1 millisecond'`);
      await behind.query(`update ${table} set ${back.join(", ")}`, [ms]);
    }
  }

  async function journalledAt(times: Readonly<Record<string, string>>): Promise<void> {
    for (const [seq, at] of Object.entries(times)) {
      const day = at.slice(0, 10);
      const table = `journal_${day.replaceAll("-", "")}`;
      pastDays.add(table);
      await behind.query(
        `create table if not exists ${table} partition of journal
         for values from ('${day} 00:00Z') to (timestamptz '${day} 00:00Z' + interval '24 hours')`,
      );
      await behind.query("update journal set created_at = $2 where shard = 0 and seq = $1", [seq, at]);
    }
  }
}

const instants = {
  worker: ["seen_at"],
  shard: ["expires_at"],
  source: [
    "cursor_moved_at",
    "last_attempt_at",
    "last_poll_at",
    "last_sweep_at",
    "last_change_at",
    "next_poll_at",
    "next_sweep_at",
    "last_look_back_at",
    "next_look_back_at",
    "last_checkpoint_at",
  ],
  checkpoint: ["at"],
  intent: ["asked_at", "done_at"],
  journal: ["created_at"],
  pass: ["started_at", "ended_at"],
  quarantine: ["first_seen_at", "last_seen_at"],
  token: ["expires_at"],
};
