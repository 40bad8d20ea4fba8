import { beforeAll, expect, test } from "vitest";
import type { ApplyPlan } from "../../src/app/plan-apply.ts";
import type { PreviewAnswer } from "../../src/core/preview.ts";
import type { ShownSource } from "../../src/cli/source-text.ts";
import { cliInstallation } from "../support/cli-installation.ts";
import { documented } from "../support/documented.ts";

/** An operator at work, in order: each test goes on from the one before it. */
const { prefix, upstream, apiKey, writeConfig, start, tidemark, json, overview } = await cliInstallation();

beforeAll(async () => {
  await tidemark("migrate");
  await tidemark("apply");
});

/** As `writeConfig` has it. */
function acme() {
  const settings = { baseUrl: upstream.url, apiKey: "${env:API_KEY}" };
  return { connector: "bamboohr", every: "200ms", sweepEvery: "1h", settings };
}

/** Runs a command and compares what it prints with what the page shows. */
async function asDocumented(command: string): Promise<string> {
  const { text } = await tidemark(...command.split(" "));
  const { shown, printed } = documented("docs/control.md", command, told(text));
  expect(printed).toBe(told(shown));
  expect(text.split("\n").filter((line) => line.length > 80 && !line.startsWith("Topic "))).toEqual([]);
  return text;
}

/** What else differs from run to run: names that are random here. */
function told(text: string): string {
  return text.replaceAll(prefix, "tidemark").replaceAll(/owned\s+by\s+\S+/g, "owned by a worker");
}

const population = async () => (await overview()).sources[0]?.population;

async function running() {
  const worker = start("run", "--no-http");
  await worker.said(/"shard\.acquired"/);
  return worker;
}

test("sources are listed with how they are, and one is shown with everything that is known of it", async () => {
  await running();
  await expect.poll(population, { timeout: 30_000 }).toBe(20);
  await expect
    .poll(async () => (await tidemark("source", "list")).text, { timeout: 20_000 })
    .toContain(" current ");
  await asDocumented("source list");
  await asDocumented("source pause acme-hr");
  await asDocumented("source show acme-hr");
  const shown = await json<ShownSource>("source", "show", "acme-hr");
  expect(shown).toMatchObject({
    name: "acme-hr",
    state: "paused",
    freshness: "paused",
    population: 20,
    settings: { apiKey: "${env:API_KEY}" },
    passes: [{ kind: "poll", inserted: 20, outcome: "done" }],
    intents: [{ verb: "pause", actor: "tester", outcome: "done" }],
  });
  expect(await tidemark("source", "show", "acme-rh")).toEqual({
    code: 2,
    text: "tidemark: there is no source acme-rh; did you mean acme-hr?\n(tidemark source list)",
  });
});

test("a paused source is neither polled nor started by a change of its settings; a preview tells what waits there", async () => {
  await running();
  expect(await tidemark("source", "poll", "acme-hr")).toEqual({
    code: 1,
    text: "tidemark: acme-hr: refused: it is paused; to let it go on:\n  tidemark source resume acme-hr",
  });
  writeConfig({}, { every: "300ms" });
  expect((await tidemark("apply")).text).toBe("changed    acme-hr");
  const { id = "" } = (await upstream.control.truth()).accounts[3] ?? {};
  await upstream.control.mutate({ changes: [{ op: "update", id, changes: { lastName: "Renamed" } }] });
  await asDocumented("source preview acme-hr");
  const answer = await json<PreviewAnswer>("source", "preview", "acme-hr");
  expect(answer).toMatchObject({
    preview: { updated: 1, events: [{ op: "updated", id, after: { familyName: "Renamed" } }] },
  });
  const before = await json<ShownSource>("source", "show", "acme-hr");
  expect(before).toMatchObject({ state: "paused", population: 20, passes: [{ inserted: 20 }] });
  expect(JSON.stringify(before.intents), "its answer is not for everybody").not.toContain("Renamed");

  await asDocumented("source resume acme-hr");
  await expect
    .poll(async () => (await json<ShownSource>("source", "show", "acme-hr")).passes[0], { timeout: 20_000 })
    .toMatchObject({ updated: 1 });
  await asDocumented("source poll acme-hr");
  writeConfig();
  await tidemark("apply");
});

test("an upstream that refuses is what a preview answers, and the source has not failed", async () => {
  await running();
  await tidemark("source", "pause", "acme-hr");
  await upstream.control.inject({ kind: "401", times: 1_000 });
  const { code, text } = await tidemark("source", "preview", "acme-hr");
  await upstream.control.clearFaults();
  expect(code).toBe(1);
  expect(text).toContain("tidemark: acme-hr cannot be previewed: ");
  expect(text).toContain("(TIDEMARK_UPSTREAM_UNAUTHORIZED)\n  Correct the source's credentials");
  expect(text).not.toContain(apiKey);
  expect((await overview()).sources[0]).toMatchObject({ state: "paused", failures: 0, lastError: null });
  await tidemark("source", "resume", "acme-hr");
});

test("a source that is not in the file is removed when it is paused: its accounts are forgotten, its name stays taken", async () => {
  const worker = await running();
  writeConfig({ sources: { "acme-hr": acme(), "old-hr": acme() } });
  await tidemark("apply");
  const old = async () => (await overview()).sources.find(({ name }) => name === "old-hr");
  await expect.poll(async () => (await old())?.population, { timeout: 30_000 }).toBe(20);

  writeConfig();
  const refused = await tidemark("apply", "--prune");
  expect(refused.code).toBe(1);
  expect(refused.text).toContain("tidemark: old-hr is not in the file, but it runs, and stays.");
  expect(refused.text).toContain("  To remove it: tidemark source pause old-hr, then tidemark apply --prune");
  await tidemark("source", "pause", "old-hr");
  expect((await tidemark("apply", "--dry-run", "--prune")).text).toContain(
    "not in file   old-hr (20 accounts): would be removed",
  );
  await asDocumented("apply --prune");
  expect(await old()).toBeUndefined();
  for (const verb of ["show", "resume"])
    expect((await tidemark("source", verb, "old-hr")).text).toContain("there is no source old-hr");
  expect((await tidemark("apply", "--prune")).text).toBe("unchanged  acme-hr");

  writeConfig({ sources: { "acme-hr": acme(), "old-hr": acme() } });
  expect(await tidemark("apply")).toMatchObject({
    code: 2,
    text: expect.stringContaining("sources.old-hr: was removed"),
  });
  writeConfig();
  expect(worker.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

test("a dry run of apply tells every setting that would change, secrets as references, and changes nothing", async () => {
  const beta = acme();
  writeConfig({ sources: { "acme-hr": { ...beta, every: "5m", deleteLimit: 50 }, "beta-hr": beta } });
  await asDocumented("apply --dry-run");
  expect(await json<ApplyPlan>("apply", "--dry-run")).toEqual({
    added: ["beta-hr"],
    changed: [
      {
        name: "acme-hr",
        changes: [
          { setting: "every", from: "200ms", to: "5m" },
          { setting: "deleteLimit", from: null, to: 50 },
        ],
      },
    ],
    unchanged: [],
    unlisted: [],
  });

  writeConfig({}, { settings: { baseUrl: upstream.url, apiKey: "written-here" } });
  const { text } = await tidemark("apply", "--dry-run");
  expect(text).toContain("  settings.apiKey: ${env:API_KEY} → (hidden)");
  expect(text).not.toContain("written-here");
  writeConfig({ sources: { "beta-hr": beta } });
  expect((await tidemark("apply", "--dry-run")).text).toContain("not in file   acme-hr (20 accounts): stays");
  writeConfig({ prefix: "other" });
  expect(await tidemark("apply", "--dry-run")).toMatchObject({
    code: 2,
    text: expect.stringContaining("which never changes"),
  });
  writeConfig({}, { group: "other" });
  expect(await tidemark("apply", "--dry-run")).toMatchObject({
    code: 2,
    text: expect.stringContaining("sources.acme-hr.group: is not set and cannot be changed yet"),
  });
  writeConfig();
  expect((await tidemark("apply")).text).toBe("unchanged  acme-hr");
});

test("what a source cannot do is refused with what to type instead", async () => {
  const settings = { apiKey: "${env:API_KEY}", baseUrl: "http://127.0.0.1:9" };
  writeConfig({ sources: { "acme-hr": acme(), "acme-school": { connector: "century", settings } } });
  await tidemark("apply");
  await running();
  await asDocumented("source poll acme-school");
  expect(await tidemark("source", "pause", "acme-school")).toMatchObject({ code: 0 });
  await asDocumented("source sweep acme-school");
});

test("a first load is paused after its page, not after its end, and goes on where it was", async () => {
  await upstream.control.mutate({ insert: 400 });
  // A page of a hundred accounts takes it about four seconds.
  const budget = { requests: 1, per: "2s" };
  writeConfig({ sources: { "acme-hr": acme(), "slow-hr": { ...acme(), every: "1m", budget } } });
  await tidemark("apply");
  await running();
  const slow = () => json<ShownSource>("source", "show", "slow-hr");
  await expect.poll(async () => (await slow()).population, { timeout: 60_000 }).toBeGreaterThanOrEqual(100);
  expect((await tidemark("source", "pause", "slow-hr")).code).toBe(0);
  const paused = await slow();
  expect(paused).toMatchObject({ state: "paused", isLoaded: false, passes: [] });
  const { accounts } = await upstream.control.truth();
  expect(paused.population).toBeLessThan(accounts.length);

  await tidemark("source", "resume", "slow-hr");
  await expect.poll(async () => (await slow()).isLoaded, { timeout: 60_000 }).toBe(true);
  const loaded = await slow();
  expect(loaded).toMatchObject({ population: accounts.length, passes: [{ inserted: accounts.length }] });
});
