import { Client } from "pg";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Checkpoint, LiveCursor, Replay } from "../../src/ports/store.ts";
import { cliInstallation } from "../support/cli-installation.ts";
import { documented } from "../support/documented.ts";
import type { ProgramProcess } from "../support/program-process.ts";

/** What docs/cursors.md shows, in its order: each test goes on from the one before it. */
const { database, upstream, start, tidemark, json, writeConfig } = await cliInstallation();

let worker: ProgramProcess;

type Marked<Stood> = Stood & { mark: string };
const checkpoints = () => json<Marked<Checkpoint>[]>("cursor", "list", "acme-hr");
const live = () => json<Marked<LiveCursor>>("cursor", "show", "acme-hr");

beforeAll(async () => {
  // Nothing is polled but what a test asks for.
  writeConfig({}, { every: "1h" });
  await tidemark("migrate");
  await tidemark("apply");
});
beforeEach(async () => {
  worker = start("run", "--no-http");
  // Before that a command is told that no worker is running.
  await worker.said(/"shard\.acquired"/);
});
// One that is killed would keep its shards for the rest of its lease.
afterEach(async () => {
  worker.signalGroup("SIGTERM");
  await worker.ended;
});

/** What a command prints must be what the page shows. Nothing in it happens "now", which the page could not show. */
async function shows(command: string, ...args: string[]): Promise<void> {
  let text = "";
  const read = async () => (text = (await tidemark(...command.split(" "), ...args)).text);
  await expect.poll(read, { timeout: 20_000, interval: 500 }).not.toMatch(/\bnow\b/);
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  const { shown, printed } = documented("docs/cursors.md", command, text);
  expect(unsettled(printed)).toBe(unsettled(shown));
}

/** The same for a command that changes something, and so is typed once. */
async function does(command: string, code = 0): Promise<void> {
  const answer = await tidemark(...command.split(" "));
  expect(answer).toMatchObject({ code });
  const { shown, printed } = documented("docs/cursors.md", command, answer.text);
  expect(unsettled(printed)).toBe(unsettled(shown));
}

/** Without whether the last change was read when it was a minute old: that depends on how long the commands before have taken. */
function unsettled(text: string): string {
  return text.replaceAll(/…:?0",(?:true|false)\]\]/g, "…");
}

test("the first poll leaves a checkpoint; what a person does leaves one, too", async () => {
  await expect.poll(checkpoints, { timeout: 30_000 }).toHaveLength(1);
  await shows("cursor show acme-hr");
  await upstream.control.mutate({ update: 2, insert: 1 });
  expect((await tidemark("source", "poll", "acme-hr")).code).toBe(0);
  await expect.poll(checkpoints, { timeout: 30_000 }).toHaveLength(3);
  await shows("cursor list acme-hr");
  await shows("cursor list acme-hr --before 3");
  expect(await checkpoints()).toMatchObject([
    { id: "3", source: "acme-hr", reason: "poll", actor: null, population: 21, seq: "23" },
    { id: "2", reason: "poll", actor: "tester", seq: "20" },
    { id: "1", reason: "poll", actor: null, cursorVersion: 1, shard: expect.any(Number) },
  ]);
  await shows("cursor show acme-hr --checkpoint 1");
});

test("a rewind goes back, publishes nothing anew, and is undone by what it prints", async () => {
  const before = await live();
  await shows("cursor rewind acme-hr --to 1 --dry-run");
  expect(await live(), "nothing was done").toEqual(before);
  expect(await json("cursor", "reset", "acme-hr", "--republish", "--dry-run")).toMatchObject({
    after: { cursor: null },
    accounts: 21,
    changes: null,
    republish: true,
  });
  await does("cursor rewind acme-hr --to 1");
  await expect
    .poll(async () => (await live()).mark, { timeout: 30_000 })
    .not.toBe((await checkpoints())[3]?.mark);
  expect((await live()).seq, "nothing was journalled").toBe(before.seq);
  await does("cursor rewind acme-hr --to 4");
  expect(await checkpoints()).toMatchObject([
    { reason: "rewind", actor: "tester" },
    { mark: before.mark },
    {},
    {},
    {},
  ]);

  const [newest] = await checkpoints();
  const { code, text } = await tidemark(
    "cursor",
    "rewind",
    "acme-hr",
    "--to",
    newest?.at ?? "",
    "-o",
    "json",
  );
  expect(code).toBe(0);
  expect(JSON.parse(text)).toMatchObject({
    source: "acme-hr",
    before: { mark: expect.any(String) },
    after: { mark: newest?.mark, cursor: newest?.cursor },
    checkpoint: "6",
    replay: null,
    state: "running",
  });
});

test("with --republish everything that is read comes again, once", async () => {
  const { seq } = await live();
  await does("cursor reset acme-hr --republish");
  const replay = () => json<Replay>("replay", "show", "1");
  await expect
    .poll(replay, { timeout: 30_000 })
    .toMatchObject({ kind: "republish", state: "done", done: 21 });
  expect((await live()).seq).toBe(String(Number(seq) + 21));
});

test("what cannot be done is refused, with what can; a paused source goes on when it is resumed", async () => {
  await does("cursor rewind acme-hr --to 30d", 1);
  await does("cursor rewind acme-hr --to 1 --if-at 3f2a91c0", 1);
  await does("cursor rewind acme-hr --to 1 --if-at 3f2a91c0 --dry-run", 1);
  const { cursor, seq } = await live();
  const set = ["cursor", "set", "acme-hr", "--to", '{"since":"2026-03-01T00:00:00Z"}'];
  const refused = await tidemark(...set);
  expect(await tidemark(...set, "--dry-run"), "tried out").toEqual(refused);
  expect(refused).toEqual({
    code: 1,
    text: [
      "tidemark: acme-hr: refused: bamboohr cannot read that cursor (latest is missing;",
      "seen is missing; pass is missing); compare it:",
      "  tidemark cursor show acme-hr",
    ].join("\n"),
  });
  expect(await live()).toMatchObject({ cursor, seq });

  await tidemark("source", "pause", "acme-hr");
  const { code, text } = await tidemark("cursor", "set", "acme-hr", "--to", JSON.stringify(cursor));
  expect(code).toBe(0);
  expect(text).toContain("It is paused; to let it go on:     tidemark source resume acme-hr\nundo:");
});

test("a list that is not whole ends with the command that shows what is older, page by page", async () => {
  const before = (await checkpoints()).map(({ id }) => id);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  // Older than all that there are, whatever their ids.
  await client.query(
    `insert into checkpoint (source_id, cursor_version, seq, population, reason, at)
     select id, 1, 0, 0, 'poll', now() - days * interval '1 day' from source, generate_series(1, 120) days`,
  );
  await client.end();
  const listed: string[] = [];
  let next: string | undefined = "cursor list acme-hr";
  for (const rows of [50, 50, before.length + 20]) {
    const { code, text } = await tidemark(...(next ?? "").split(" "));
    expect(code).toBe(0);
    const page = [...text.matchAll(/^\d+/gm)].map(([id]) => id);
    expect(page).toHaveLength(rows);
    listed.push(...page);
    next = /^Older ones: tidemark (.+)$/m.exec(text)?.[1];
  }
  expect(next).toBeUndefined();
  expect(listed.slice(0, before.length)).toEqual(before);
  expect(new Set(listed).size).toBe(before.length + 120);
  const first = listed.at(-1) ?? "";
  expect(await tidemark("cursor", "list", "acme-hr", "--before", first)).toEqual({
    code: 0,
    text: `acme-hr has no checkpoint before ${first}: tidemark cursor list acme-hr`,
  });
  expect((await tidemark("cursor", "list", "acme-hr", "--before", "9999")).text).toContain(
    "there is no checkpoint 9999: run tidemark cursor list acme-hr",
  );
});
