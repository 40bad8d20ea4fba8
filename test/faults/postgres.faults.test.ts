import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { waitUntil } from "../../src/sandbox/servers/wait-until.ts";
import { eventually } from "../support/eventually.ts";
import { startFeed } from "./feed.ts";
import { ownPostgres } from "./own-servers.ts";
import { scenario } from "./rounds.ts";

/** What writes a shard's row: the commit of a page, and the note of what was published, which comes after Kafka's commit. */
const writers = {
  "source.commit": "select from tidemark.shard for update",
  "shard.published": "select from tidemark.shard where last_seq > published_seq for update",
} as const;

scenario("Postgres ends sessions, also in the middle of a commit, and crashes", { ci: 1 }, async (round) => {
  const { seed, random } = round;
  const postgres = await ownPostgres();
  const feed = await startFeed({ seed, accounts: 300, servers: { postgresUrl: postgres.url } });
  await feed.atWork();
  await feed.churn(40);
  const { databaseUrl } = feed.tidemark;
  let struck = 0;

  for (let times = 0; times < 10; times += 1) {
    await pause(random.below(700));
    struck += await inSession(databaseUrl, endAllSessions);
  }
  for (const writer of ["source.commit", "shard.published", "source.commit", "shard.published"] as const) {
    await pause(random.below(500));
    await eventually(`${writer} is cut`, () =>
      inSession(databaseUrl, (session) => cutWriter(session, writer)),
    );
    struck += 1;
  }
  for (const crash of random.chance(0.5) ? ["immediate", "kill"] : ["kill", "immediate"]) {
    await feed.journalGrows(50);
    await pause(random.below(500));
    if (crash === "kill") await postgres.kill9();
    else await stopImmediately(postgres);
    await pause(random.below(4_000)); // up to longer than a lease
    await postgres.start();
    struck += 1;
  }
  await feed.journalGrows(50);
  const { events } = await feed.prove();
  return { struck, events };
});

async function inSession<T>(url: string, use: (session: Client) => Promise<T>): Promise<T> {
  const session = new Client({ connectionString: url });
  await session.connect();
  try {
    return await use(session);
  } finally {
    await session.end();
  }
}

async function endAllSessions(session: Client): Promise<number> {
  const { rowCount } = await session.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
  return rowCount ?? 0;
}

/** Ends the sessions in which this statement is under way. @returns false when none was. */
async function cutWriter(session: Client, writer: keyof typeof writers): Promise<boolean> {
  await session.query("begin");
  try {
    // Whoever holds a shard's row makes its writers wait.
    if ((await session.query(writers[writer])).rowCount === 0) return false;
    return await waitUntil(async () => {
      await session.query("select pg_stat_clear_snapshot()"); // a transaction sees one picture of the sessions
      const { rowCount } = await session.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
        [`/* ${writer} */%`],
      );
      return rowCount !== 0;
    }, 1_000);
  } finally {
    await session.query("rollback");
  }
}

/** As `pg_ctl stop -m immediate`: without a checkpoint, so that the next start recovers from the log. */
async function stopImmediately(postgres: Awaited<ReturnType<typeof ownPostgres>>): Promise<void> {
  const pid = postgres.pid();
  if (pid === undefined) throw new Error("Postgres does not run");
  process.kill(pid, "SIGQUIT");
  await eventually("Postgres has ended", () => postgres.pid() === undefined);
}
