import { afterEach, expect, test } from "vitest";
import { observed } from "../support/connector-harness.ts";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { closeUpstreams, idsOf, sailPointUpstream } from "./sailpoint-upstream.ts";

afterEach(closeUpstreams);

test.each<[string, Fault]>([
  ["a 401 (answered with a fresh token)", { kind: "401", path: "/v3/accounts" }],
  ["a 429 with seconds", { kind: "429", retryAfter: "seconds", retryAfterSeconds: 2 }],
  ["a 429 with a date", { kind: "429", retryAfter: "date", retryAfterSeconds: 2 }],
  ["a 429 with neither", { kind: "429", retryAfter: "none", times: 2 }],
  ["a 500 in HTML", { kind: "500", times: 3 }],
  ["a 502 in HTML", { kind: "502" }],
  ["a 503 in HTML", { kind: "503", times: 2 }],
  ["a reset", { kind: "reset", times: 2 }],
  ["a body cut in half", { kind: "truncated" }],
])("%s in the middle of a pass leaves no trace", async (_name, fault) => {
  const up = await sailPointUpstream();
  await up.control.inject({ after: 1, ...fault });
  const { pages, error } = await up.poll(null);
  expect(error).toBeNull();
  expect(idsOf(observed(pages))).toEqual(await up.truth());
});

test.each<[string, Fault, string]>([
  ["401 for fresh tokens too", { kind: "401", path: "/v3/accounts" }, "TIDEMARK_UPSTREAM_UNAUTHORIZED"],
  ["403", { kind: "403", path: "/v3/accounts" }, "TIDEMARK_UPSTREAM_FORBIDDEN"],
  ["429", { kind: "429" }, "TIDEMARK_UPSTREAM_THROTTLED"],
  ["500", { kind: "500" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["resets", { kind: "reset" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["bodies cut in half", { kind: "truncated" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["empty bodies", { kind: "empty-body" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ["an undocumented shape", { kind: "wrong-shape" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
])("%s again and again ends the pass with its page before kept", async (_name, fault, code) => {
  const up = await sailPointUpstream();
  await up.control.inject({ path: "/v3/accounts", after: 1, times: 99, ...fault });
  const { pages, error } = await up.poll(null);
  expect(error).toMatchObject({ code });
  expect(pages).toHaveLength(1);
  await up.control.clearFaults();
  const rest = await up.poll(pages[0]?.cursor ?? null);
  expect(idsOf([...observed(pages), ...observed(rest.pages)])).toEqual(await up.truth());
});

test("wrong credentials cost one request and are not shown", async () => {
  const up = await sailPointUpstream({}, { clientSecret: "wr0ng" });
  const { error } = await up.poll(null);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  expect(await up.control.requests()).toHaveLength(1);
  expect(JSON.stringify([String(error), up.log.lines])).not.toContain("wr0ng");
});

test("a refusal is told with the vendor's words and its tracking id", async () => {
  const up = await sailPointUpstream({}, { sourceIds: ["x"] });
  await up.control.inject({ kind: "403", path: "/v3/accounts" });
  const { error } = await up.sweep(null);
  expect(String(error)).toMatch(/GET http:\S+\/v3\/accounts answered 403: .+ \(tracking id .+\)/);
});

test("a token that ends during a pass is renewed without a refusal", async () => {
  const up = await sailPointUpstream({ accounts: 2_000, behaviour: { tokenSeconds: 1 } });
  const { error } = await up.poll(null, { beforeNext: () => up.clock.sleep(950) });
  expect(error).toBeNull();
  const requests = await up.control.requests();
  expect(requests.filter(({ path }) => path === "/oauth/token").length).toBeGreaterThan(3);
  expect(requests.filter(({ status }) => status === 401)).toEqual([]);
});

test("told to stop, a slow request ends within a second", async () => {
  const up = await sailPointUpstream();
  await up.control.inject({ kind: "slow", ms: 20_000, path: "/v3/accounts" });
  const stop = new AbortController();
  const pass = up.poll(null, { signal: stop.signal });
  await expect.poll(async () => (await up.control.faults())[0]?.struck).toBe(1);
  const stoppedAt = performance.now();
  stop.abort(new Error("shutting down"));
  expect(String((await pass).error)).toContain("shutting down");
  expect(performance.now() - stoppedAt).toBeLessThan(1_000);
});
