import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { bamboohr } from "../../src/connectors/bamboohr/index.ts";
import { storedGrants } from "../../src/connectors/stored-grants.ts";
import { tokenSeal } from "../../src/connectors/token-seal.ts";
import { ConfigError, RetryableError } from "../../src/core/errors.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { type BambooHrOptions, startBambooHr } from "../../src/sandbox/upstreams/bamboohr/index.ts";
import { connectorHarness, impatientClock, lastCursor, observed } from "../support/connector-harness.ts";
import { memoryStore } from "../support/memory-store.ts";

const app = {
  clientId: "cl1ent",
  clientSecret: "s3cret-of-the-app",
  refreshToken: "r3fresh-of-the-settings",
};
const employees = 30;
const hourMs = 3_600_000;

/** A company that is read by an authorised application, and the database of the processes that do so. */
async function setup(
  options: BambooHrOptions = {},
  keys: string | undefined = randomBytes(32).toString("base64"),
) {
  const upstream = await startBambooHr({ accounts: employees, app, ...options });
  onTestFinished(() => upstream.close());
  const clock = impatientClock();
  const store = memoryStore(clock);
  const seal = tokenSeal(keys);
  return {
    control: upstream.control,
    store,
    clock,
    /** A process with nothing in memory. */
    process(oauth: JsonObject = {}, settings: JsonObject = {}) {
      const harness = connectorHarness(
        bamboohr,
        { baseUrl: upstream.url, oauth: { ...app, ...oauth }, ...settings },
        [],
        storedGrants(store, seal, clock),
      );
      onTestFinished(() => harness.close());
      return harness;
    },
    /** What the token address was asked, as refresh token and status. */
    async refreshes() {
      const requests = (await upstream.control.requests()).filter(({ path }) => path === "/token.php");
      return requests.map(
        ({ body, status }) => `${new URLSearchParams(body).get("refresh_token")?.slice(0, 10)} ${status}`,
      );
    },
  };
}

test("a company is read with a token, which is asked for once", async () => {
  const { control, process, refreshes } = await setup();
  const { poll, sweep } = process();
  const first = await poll(null);
  expect(first.error).toBeNull();
  expect(observed(first.pages)).toHaveLength(employees);
  expect((await sweep(null)).isComplete).toBe(true);
  expect(await refreshes()).toEqual(["r3fresh-of 200"]);
  const [token, ...rest] = await control.requests();
  expect(token).toMatchObject({ method: "POST", query: { request: "token" } });
  expect(rest.every(({ headers }) => String(headers["authorization"]).startsWith("Bearer access."))).toBe(
    true,
  );
});

test("a token that ends in the middle of a pass is replaced once, and the pass goes on", async () => {
  const { control, process, refreshes } = await setup({ behaviour: { forbidsReports: true } });
  await control.inject({ kind: "401", path: String.raw`employees/\d+`, after: 10, times: 1 });
  const { pages, error } = await process().poll(null);
  expect(error).toBeNull();
  expect(observed(pages)).toHaveLength(employees);
  expect(await refreshes()).toEqual(["r3fresh-of 200", "refresh.1. 200"]);
});

test("a token that has ended between two passes, by a clock that differs from ours, is replaced", async () => {
  const { control, process, refreshes } = await setup();
  const { poll } = process();
  const { pages } = await poll(null);
  await control.advance(hourMs);
  await control.mutate({ update: 1 });
  const second = await poll(lastCursor(pages));
  expect(second.error).toBeNull();
  expect(await refreshes()).toHaveLength(2);
});

test("every refresh token is used once, also over many processes", async () => {
  const { control, process, refreshes } = await setup();
  for (let life = 0; life < 4; life++) {
    expect((await process().poll(null)).error).toBeNull();
    await control.advance(hourMs);
  }
  expect(await refreshes()).toEqual(["r3fresh-of 200", "refresh.1. 200", "refresh.2. 200", "refresh.3. 200"]);
});

test("two sources of one group that start at once cause one refresh", async () => {
  const { process, refreshes } = await setup();
  const { poll } = process();
  const passes = await Promise.all([poll(null), poll(null)]);
  expect(passes.map(({ error }) => error)).toEqual([null, null]);
  expect(await refreshes()).toEqual(["r3fresh-of 200"]);
});

test("a process that is stopped between rotation and use is followed by one that goes on", async () => {
  const { process, refreshes } = await setup();
  const stop = new AbortController();
  const stopped = process();
  const { keep } = stopped.contextOf(stop.signal).tokens.grants;
  stopped.contextOf(stop.signal).tokens.grants.keep = async (...grant) => {
    await keep(...grant);
    stop.abort(new Error("the shard is given up"));
  };
  expect((await stopped.poll(null, { signal: stop.signal })).error).toMatchObject({
    message: "the shard is given up",
  });
  expect((await process().poll(null)).error).toBeNull();
  expect(await refreshes()).toEqual(["r3fresh-of 200"]);
});

test("a pass that is stopped while a refresh is under way still stores what it brings", async () => {
  const { control, process, refreshes } = await setup();
  await control.inject({ kind: "slow", path: "token.php", ms: 300 });
  const stop = new AbortController();
  const pass = process().poll(null, { signal: stop.signal });
  await expect.poll(async () => (await control.requests()).length).toBe(1);
  stop.abort(new Error("the shard is given up"));
  expect((await pass).error).toMatchObject({ message: "the shard is given up" });
  expect((await process().poll(null)).error).toBeNull();
  expect(await refreshes()).toEqual(["r3fresh-of 200"]);
});

/** A company whose answer to a refresh was lost after it had taken effect; the next pass. */
async function afterLostAnswer(refreshGraceMs: number) {
  const { control, process, refreshes } = await setup({ behaviour: { refreshGraceMs } });
  await control.inject({ kind: "truncated", path: "token.php" });
  const { poll } = process();
  const lost = await poll(null);
  expect(lost.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  const { error } = await poll(null);
  return { error, refreshes: await refreshes() };
}

test("when the answer to a refresh is lost, a company that accepts the same token again for a while goes on", async () => {
  const { error, refreshes } = await afterLostAnswer(60_000);
  expect(error).toBeNull();
  expect(refreshes).toEqual(["r3fresh-of 200", "r3fresh-of 200"]);
});

test("when the answer to a refresh is lost, a company that does not halts, with what to do", async () => {
  const { error, refreshes } = await afterLostAnswer(0);
  expect(error).toMatchObject({
    code: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
    message: expect.stringContaining("used up or revoked: authorise anew and put the new refresh token"),
  });
  expect(refreshes).toEqual(["r3fresh-of 200", "r3fresh-of 400"]);
});

test("a refresh token that somebody else has used up halts after one try", async () => {
  const { control, process, refreshes, store } = await setup();
  expect((await process().poll(null)).error).toBeNull();
  const backup = structuredClone([...store.state.tokens]);
  await control.advance(hourMs);
  expect((await process().poll(null)).error).toBeNull();
  // The database is restored from before.
  for (const [name, token] of backup) store.state.tokens.set(name, token);
  await control.advance(hourMs);
  const { pages, error } = await process().poll(null);
  expect(pages).toEqual([]);
  expect(error).toMatchObject({
    code: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
    message: expect.stringContaining("authorise anew"),
  });
  expect(await refreshes()).toEqual(["r3fresh-of 200", "refresh.1. 200", "refresh.1. 400"]);
});

test("a fresh token that is refused as well halts without hammering", async () => {
  const { control, process, refreshes } = await setup();
  await control.inject({ kind: "401", path: "api/v1", times: 99 });
  expect((await process().poll(null)).error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  expect(await refreshes()).toHaveLength(2);
  expect(await control.requests()).toHaveLength(4);
});

test("a token address that is down is the next pass's to try again", async () => {
  const { control, process, refreshes } = await setup();
  await control.inject({ kind: "503", path: "token.php" });
  const { poll } = process();
  expect((await poll(null)).error).toBeInstanceOf(RetryableError);
  expect((await poll(null)).error).toBeNull();
  expect(await refreshes()).toEqual(["r3fresh-of 503", "r3fresh-of 200"]);
});

test("without a key to seal it with, no refresh token is used up", async () => {
  const { control, process } = await setup({}, "");
  expect((await process().poll(null)).error).toMatchObject({
    code: "TIDEMARK_SOURCE_SETTINGS",
    message: expect.stringContaining(
      "TIDEMARK_TOKEN_KEY is not set; make a key with: openssl rand -base64 32",
    ),
  });
  expect(await control.requests()).toEqual([]);
});

test("no error and no log shows a secret, although the company repeats what it was shown", async () => {
  const { control, process } = await setup();
  const good = process();
  await good.poll(null);
  await control.advance(hourMs);
  await control.inject({ kind: "truncated", path: "token.php" }, { kind: "429", path: "changed" });
  const told = [
    (await good.poll(null)).error,
    (await good.poll(null)).error,
    (await process({ clientSecret: "wr0ng-s3cret" }).poll(null)).error,
  ].map((error) => `${String(error)} ${JSON.stringify(error)}`);
  expect(told.join()).toContain("Invalid refresh token ***");
  const all = [...told, JSON.stringify(good.log.lines)].join("\n");
  expect(all).not.toMatch(/s3cret|r3fresh|refresh\.1|access\./);
});

test("settings: an API key or OAuth, one of them", () => {
  const company = { company: "acme" };
  expect(faultsOf(company)).toEqual(["apiKey is missing (or oauth, which replaces it)"]);
  expect(faultsOf({ ...company, apiKey: "key", oauth: app })).toEqual([
    "apiKey and oauth are both given: only one of them can be used",
  ]);
  expect(faultsOf({ ...company, apiKey: "key" })).toEqual([]);
  expect(faultsOf({ ...company, oauth: app })).toEqual([]);
  expect(faultsOf({ ...company, oauth: { clientId: "id", clientSecret: "s", refreshtoken: "t" } })).toEqual([
    "oauth.refreshToken is missing",
    "oauth.refreshtoken is not a known name; did you mean refreshToken?",
  ]);
});

function faultsOf(settings: JsonObject): readonly string[] {
  try {
    bamboohr.checkSettings(settings);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
