import { Client } from "pg";
import { expect, test } from "vitest";
import type { Hold, QuarantinedItem } from "../../src/ports/store.ts";
import { cliInstallation } from "../support/cli-installation.ts";

/** A user's first hour, in order: each test goes on from the one before it. */
const { prefix, database, upstream, apiKey, writeConfig, start, tidemark, overview } =
  await cliInstallation();

test.each(["run", "apply", "status", "tail", "source poll acme-hr"])(
  "%s refuses a database that is not migrated, and says how to",
  async (verb) => {
    const { code, text } = await tidemark(...verb.split(" "));
    expect(text).toMatch(/\s\(TIDEMARK_DATABASE_NOT_MIGRATED\)\n {2}Run: tidemark migrate$/);
    expect(text).not.toContain("    at ");
    expect(code).toBe(1);
  },
);

test("migrate brings the database to this version, once", async () => {
  const first = await tidemark("migrate");
  expect(first.text).toMatch(
    /^applied migration 0001_\w+\n(applied migration \w+\n)*\d+ migrations applied$/,
  );
  expect(await tidemark("migrate")).toEqual({ code: 0, text: "the database is up to date" });
});

test("apply says what it did to each source, the second time nothing", async () => {
  expect(await tidemark("apply")).toEqual({ code: 0, text: "added      acme-hr" });
  expect(await tidemark("apply")).toEqual({ code: 0, text: "unchanged  acme-hr" });
  const { code, text } = await tidemark("apply", "--output", "json");
  expect({ code, applied: JSON.parse(text) as unknown }).toEqual({
    code: 0,
    applied: { added: [], changed: [], unchanged: ["acme-hr"] },
  });
});

test("a prefix and a shard count that contradict the installation are both refused", async () => {
  writeConfig({ prefix: "other", shards: 8 });
  const { code, text } = await tidemark("apply");
  writeConfig();
  expect(code).toBe(2);
  expect(text).toContain(
    `prefix: this database was installed with prefix\n    ${prefix}, which never changes`,
  );
  expect(text).toContain("shards: this database was installed with 4 shards, which never changes");
});

test("before a worker has run, status, tail and source say so", async () => {
  const status = await tidemark("status");
  expect(status.text).toContain("no worker is running");
  expect(status.code).toBe(0);
  expect(await tidemark("tail")).toEqual({
    code: 2,
    text: "tidemark: nothing was published yet: run tidemark run",
  });
  expect(await tidemark("source", "poll", "acme-hr")).toEqual({
    code: 1,
    text: "tidemark: no worker is running; it will be done as soon as one does.\n  To take it back: tidemark intent withdraw 1",
  });
});

test("run works until SIGTERM, and is watched by status, tail, source and over HTTP; secrets are seen nowhere", async () => {
  const worker = start("run", "--http-port", "0");
  const listening = JSON.parse(await worker.said(/"http\.listening"/)) as { url: string };
  await expect.poll(async () => (await overview()).sources[0]?.population, { timeout: 30_000 }).toBe(20);

  const answer = async (path: string) => {
    const response = await fetch(listening.url + path);
    return { status: response.status, text: await response.text() };
  };
  expect(await answer("/healthz")).toEqual({ status: 200, text: '{"status":"ok"}' });
  expect(await answer("/readyz")).toEqual({
    status: 200,
    text: '{"ready":true,"checks":{"database":"ok","worker":"ok","holds":"ok"}}',
  });
  const metrics = (await answer("/metrics")).text;
  for (const name of promisedMetrics) expect(metrics).toContain(`# TYPE ${name} `);
  expect(metrics).toContain('tidemark_events_total{source="acme-hr",op="inserted"} 20');
  expect(metrics).toContain("tidemark_shards_owned 4");

  const status = await tidemark("status");
  expect(status.text).toMatch(/^SHARDS +SEEN +VERSION +WORKER\n4 /);
  expect(status.text).toMatch(/\nacme-hr +\w+ +20 /);
  expect(status.text.split("\n").filter((line) => line.length > 80)).toEqual([]);

  const tail = start("tail", "--from", "beginning");
  await expect.poll(() => tail.lines.length, { timeout: 60_000 }).toBe(20);
  expect(tail.lines.every((line) => /^\d\d:\d\d:\d\d\.\d{3} inserted  acme-hr\/\d+ v1  \S/.test(line))).toBe(
    true,
  );
  tail.signalGroup("SIGINT");
  expect(await tail.ended).toBe(0);

  const intoHead = start("tail", "--from", "beginning");
  await intoHead.said(/ inserted /);
  intoHead.stopReading();
  const stirring = setInterval(() => void upstream.control.mutate({ update: 1 }), 200);
  expect(await intoHead.ended).toBe(0);
  clearInterval(stirring);

  const fromNow = start("tail", "--source", "acme-hr", "--output", "json");
  // A line that appears proves that it reads; until then it may not have begun.
  await expect
    .poll(
      async () => {
        await upstream.control.mutate({ update: 1 });
        return fromNow.lines.length;
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBeGreaterThan(0);
  expect(JSON.parse(fromNow.lines[0] ?? "")).toMatchObject({
    kind: "event",
    event: { op: "updated", source: "acme-hr" },
  });
  process.kill(fromNow.pid, "SIGTERM");
  expect(await fromNow.ended).toBe(0);

  expect(await tidemark("source", "sweep", "acme-hr")).toEqual({
    code: 0,
    text: "acme-hr: a sweep is due now\n  To see what it did: tidemark source show acme-hr",
  });
  expect(await tidemark("source", "poll", "acme-rh")).toEqual({
    code: 2,
    text: "tidemark: there is no source acme-rh; did you mean acme-hr?\n(tidemark source list)",
  });
  expect(await tidemark("tail", "--source", "nobody")).toEqual({
    code: 2,
    text: "tidemark: there is no source nobody; known are acme-hr. (tidemark source list)",
  });

  const askedAtMs = performance.now();
  process.kill(worker.pid, "SIGTERM");
  expect(await worker.ended).toBe(0);
  expect(performance.now() - askedAtMs).toBeLessThan(10_000);
  const log = worker.lines.map((line) => JSON.parse(line) as { msg: string });
  expect(log.at(-1)?.msg).toBe("worker.stopped");
  const stored = await everythingStored();
  expect(stored).toContain("${env:API_KEY}");
  const password = new URL(database.url).password;
  for (const secret of [
    apiKey,
    Buffer.from(`${apiKey}:x`).toString("base64"),
    ...(password ? [password] : []),
  ]) {
    expect(stored).not.toContain(secret);
    expect(worker.lines.join()).not.toContain(secret);
    expect(status.text + JSON.stringify(await overview())).not.toContain(secret);
  }
});

test("a halted source says why and what to do, and goes on after resume", async () => {
  await upstream.control.inject({ kind: "401", times: 100 });
  const worker = start("run", "--no-http");
  await worker.said(/"poll\.halted"/);
  const halted = await tidemark("status");
  expect(halted.text).toMatch(/\nacme-hr +halted /);
  expect(halted.text).toContain("then run: tidemark source resume acme-hr");

  await upstream.control.clearFaults();
  expect(await tidemark("source", "resume", "acme-hr")).toEqual({ code: 0, text: "acme-hr is resumed" });
  await upstream.control.mutate({ insert: 1 });
  await expect.poll(async () => (await overview()).sources[0]?.population, { timeout: 10_000 }).toBe(21);
});

test("deletes beyond the limit wait until a person has looked at them and decided", async () => {
  writeConfig({}, { deleteLimit: 0 });
  const worker = start("run", "--http-port", "0");
  const listening = JSON.parse(await worker.said(/"http\.listening"/)) as { url: string };
  const list = async () => JSON.parse((await tidemark("hold", "list", "-o", "json")).text) as Hold[];
  expect((await tidemark("hold", "list")).text).toBe("nothing is on hold");
  await upstream.control.mutate({ delete: 3 });
  await expect.poll(async () => (await list())[0]?.accounts, { timeout: 20_000 }).toBe(3);

  expect((await tidemark("status")).text).toContain("acme-hr has 3 changes that wait for a person");
  const ready = await fetch(`${listening.url}/readyz`);
  expect(ready.status).toBe(200);
  await expect
    .poll(async () => (await fetch(`${listening.url}/readyz`)).text())
    .toContain("3 changes wait for a person: tidemark hold list");
  expect(await (await fetch(`${listening.url}/metrics`)).text()).toContain(
    'tidemark_held_changes{source="acme-hr"} 3',
  );
  const [{ id } = { id: "" }] = await list();
  const shown = await tidemark("hold", "show", id);
  expect(shown.text).toContain(`hold ${id} of acme-hr: 3 deletes, waiting`);
  expect(shown.text).toContain(`tidemark hold approve ${id}`);

  expect((await tidemark("hold", "reject", id, "--note", "not yet")).text).toBe(
    `hold ${id} is rejected: 3 accounts of acme-hr stay until they are seen again`,
  );
  expect((await overview()).sources[0]).toMatchObject({ population: 21, waiting: 0 });
  const approved = await tidemark("hold", "approve", id, "--note", "they have left", "-o", "json");
  expect(JSON.parse(approved.text)).toMatchObject({
    state: "approved",
    decidedBy: "tester",
    note: "they have left",
  });
  await expect.poll(async () => (await overview()).sources[0]?.population, { timeout: 20_000 }).toBe(18);
  expect(await tidemark("hold", "reject", id)).toEqual({
    code: 1,
    text: `tidemark: hold ${id} is settled: nothing is left in it. (tidemark hold list)`,
  });
  expect(await tidemark("hold", "show", "99x")).toEqual({
    code: 2,
    text: "tidemark: there is no hold 99x: run tidemark hold list",
  });
  writeConfig();
});

test("new accounts beyond the limit wait, too, and are published when a person says so", async () => {
  writeConfig({}, { insertLimit: 0 });
  start("run", "--http-port", "0");
  const { population = 0 } = (await overview()).sources[0] ?? {};
  await upstream.control.mutate({ insert: 2 });
  await expect.poll(async () => (await overview()).sources[0]?.waiting, { timeout: 20_000 }).toBe(2);
  const [{ id } = { id: "" }] = JSON.parse((await tidemark("hold", "list", "-o", "json")).text) as Hold[];
  expect((await tidemark("hold", "approve", id)).text).toContain("all are published now");
  await expect
    .poll(async () => (await overview()).sources[0]?.population, { timeout: 20_000 })
    .toBe(population + 2);
});

test("what could not be understood is looked at, looked up again and discarded", async () => {
  const worker = start("run", "--http-port", "0");
  const listening = JSON.parse(await worker.said(/"http\.listening"/)) as { url: string };
  // Before it has shards a command is told that no worker is running.
  await worker.said(/"shard\.acquired"/);
  const list = async () => {
    const { text } = await tidemark("quarantine", "list", "acme-hr", "-o", "json");
    return JSON.parse(text) as { items: QuarantinedItem[]; more: number };
  };
  expect((await tidemark("quarantine", "list")).text).toBe("nothing is in quarantine");
  expect(await tidemark("quarantine", "redrive", "acme-hr")).toEqual({
    code: 0,
    text: "nothing of acme-hr is in quarantine",
  });
  const living = (await upstream.control.truth()).accounts.map(({ id }) => id);
  const [back = "", hidden = "", ...others] = living;
  await upstream.control.options({ forbiddenIds: [back, hidden] });
  const changes = [back, hidden, ...others.slice(0, 2)].map((id) => ({
    op: "update" as const,
    id,
    changes: { displayName: `Renamed ${id}` },
  }));
  await upstream.control.mutate({ changes });
  await expect.poll(async () => (await list()).items.length, { timeout: 20_000 }).toBe(2);

  const { items, more } = await list();
  const [{ id } = { id: "" }] = items.filter(({ accountId }) => accountId === hidden);
  expect({ more, pass: items[0]?.pass }).toEqual({ more: 0, pass: "poll" });
  const shown = await tidemark("quarantine", "show", id);
  expect(shown.text).toContain(
    `item ${id} of acme-hr: account ${hidden}\n  the key may not read this employee`,
  );
  expect((await tidemark("status")).text).toContain("acme-hr has 2 items in quarantine");
  expect(await (await fetch(`${listening.url}/metrics`)).text()).toContain(
    'tidemark_quarantined_items{source="acme-hr"} 2',
  );
  expect((await fetch(`${listening.url}/readyz`)).status).toBe(200);

  await upstream.control.options({ forbiddenIds: [hidden] });
  const redriven = await tidemark("quarantine", "redrive", "acme-hr", "-o", "json");
  expect(JSON.parse(redriven.text)).toEqual({
    source: "acme-hr",
    asked: 2,
    resolved: 1,
    stay: 1,
    unidentified: 0,
    waiting: 0,
  });
  expect((await list()).items).toMatchObject([{ id, accountId: hidden, redrivenAt: expect.any(String) }]);
  expect(await tidemark("quarantine", "discard", id, "--note", "nobody may")).toEqual({
    code: 0,
    text: "1 item of acme-hr discarded",
  });
  expect(await tidemark("quarantine", "show", id)).toEqual({
    code: 2,
    text: `tidemark: there is no item ${id} in quarantine: run tidemark quarantine list`,
  });
  expect((await tidemark("quarantine", "redrive", "acme-rh")).text).toContain("did you mean acme-hr?");
});

test("an HTTP port that is taken ends the command at once, with exit code 2", async () => {
  const { port } = new URL(upstream.url);
  const { code, text } = await tidemark("run", "--http-port", port);
  expect(text).toContain(
    `tidemark: http: cannot listen: listen EADDRINUSE: address already in use\n127.0.0.1:${port}`,
  );
  expect(code).toBe(2);
});

test("SIGTERM also ends a worker that waits for its database", async () => {
  writeConfig({ postgres: { url: "postgres://u:p@127.0.0.1:1/d" } });
  const worker = start("run", "--no-http");
  await worker.said(/"start\.waiting"/);
  writeConfig();
  process.kill(worker.pid, "SIGTERM");
  expect(await worker.ended).toBe(0);
});

const promisedMetrics = [
  "tidemark_polls_total",
  "tidemark_pages_total",
  "tidemark_observations_total",
  "tidemark_events_total",
  "tidemark_upstream_requests_total",
  "tidemark_upstream_request_seconds",
  "tidemark_throttled_seconds_total",
  "tidemark_cursor_age_seconds",
  "tidemark_last_success_age_seconds",
  "tidemark_held_changes",
  "tidemark_quarantined_items",
  "tidemark_journal_depth",
  "tidemark_journal_age_seconds",
  "tidemark_publish_seconds",
  "tidemark_shards_owned",
  "tidemark_build_info",
];

/** Every row of every table, as text. */
async function everythingStored(): Promise<string> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'tidemark'",
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join("\n");
  } finally {
    await client.end();
  }
}
