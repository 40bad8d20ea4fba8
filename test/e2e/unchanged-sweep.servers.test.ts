import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { install } from "../support/installation.ts";
import { seed } from "../support/seed.ts";
import { watchedUpstream } from "../support/watched-upstreams.ts";

const accounts = 3_000;
const perPage = 100;

test("sweeps over a CENTURY organisation in which nothing has changed write nothing to accounts and journal", async () => {
  const school = await watchedUpstream("century", { accounts, seed, source: "school" });
  const tidemark = await install([school], { shards: 1 });
  const worker = tidemark.startWorker();
  await eventually("everybody is published", async () => (await tidemark.published()) === accounts);

  const database = new Client({ connectionString: tidemark.databaseUrl });
  await database.connect();
  onTestFinished(() => database.end());
  /** Every row with where it is and which transaction wrote it: no row can be written without moving one of them. */
  const written = async (table: "account" | "journal") => {
    const rows = await database.query<{ count: number; places: string }>(
      `select count(*)::integer as count, md5(string_agg(concat_ws(' ', tableoid, ctid, xmin), ',' order by tableoid, ctid)) as places
       from tidemark.${table}`,
    );
    return rows.rows[0];
  };
  const before = { account: await written("account"), journal: await written("journal") };
  expect(before).toMatchObject({ account: { count: accounts }, journal: { count: accounts } });

  // Two sweeps, of which the first may be under way.
  await school.control.clearRequests();
  await tidemark.settle();
  expect((await school.control.requests()).length).toBeGreaterThanOrEqual(accounts / perPage);
  expect({ account: await written("account"), journal: await written("journal") }).toEqual(before);
  expect(await worker.stop()).toBe(0);
});
