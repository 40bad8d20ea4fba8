import { afterEach, describe, expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { lastCursor, observed, rejectedIn } from "../support/connector-harness.ts";
import { closeUpstreams, folded, komboUpstream, loadedKombo } from "./kombo-upstream.ts";

afterEach(closeUpstreams);

test.each<[string, Fault]>([
  ["a 429 with seconds", { kind: "429", retryAfter: "seconds", retryAfterSeconds: 2 }],
  ["a 429 with a date", { kind: "429", retryAfter: "date", retryAfterSeconds: 2 }],
  ["a 429 with Kombo's own header alone", { kind: "429", retryAfter: "none", times: 2 }],
  ["a 500 in HTML", { kind: "500", times: 3 }],
  ["a 502 in HTML", { kind: "502" }],
  ["a load balancer's 503 in HTML", { kind: "503", times: 2 }],
  ["resets", { kind: "reset", times: 3 }],
  ["bodies cut in half", { kind: "truncated", times: 2 }],
  ["an empty answer", { kind: "empty-answer" }],
])("%s in the middle of a pass leaves no trace", async (_name, fault) => {
  const up = await komboUpstream();
  await up.control.inject({ after: 1, ...fault });
  const { pages, error } = await up.poll(null);
  expect(error).toBeNull();
  expect(folded(observed(pages))).toEqual(await up.truth());
});

test.each<[string, Fault, string]>([
  ["401", { kind: "401" }, "TIDEMARK_UPSTREAM_UNAUTHORIZED"],
  ["403", { kind: "403" }, "TIDEMARK_UPSTREAM_FORBIDDEN"],
  ["429", { kind: "429" }, "TIDEMARK_UPSTREAM_THROTTLED"],
  ["500", { kind: "500" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["503 in HTML", { kind: "503" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["resets", { kind: "reset" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["bodies cut in half", { kind: "truncated" }, "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["empty bodies", { kind: "empty-body" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ["an undocumented shape", { kind: "wrong-shape" }, "TIDEMARK_UPSTREAM_UNEXPECTED"],
])("%s again and again ends the pass with its page before kept", async (_name, fault, code) => {
  const up = await komboUpstream();
  await up.control.inject({ after: 1, times: 99, ...fault });
  const { pages, error } = await up.poll(null);
  expect(error).toMatchObject({ code });
  expect(pages).toHaveLength(1);
  await up.control.clearFaults();
  const rest = await up.poll(lastCursor(pages));
  expect(folded(observed([...pages, ...rest.pages]))).toEqual(await up.truth());
});

describe("Kombo's code counts, not the status", () => {
  test.each([
    [409, "INTEGRATION.SETUP_INCOMPLETE"],
    [503, "INTEGRATION.SETUP_INCOMPLETE"],
    [409, "INTEGRATION.SETUP_SYNC_PENDING"],
    [503, "INTEGRATION.SETUP_SYNC_PENDING"],
    [409, "INTEGRATION.QA_FAILED"],
    [200, "INTEGRATION.QA_FAILED"],
  ])("%i %s is not ready: one request, then a long pause, and never nobody", async (status, code) => {
    const up = await loadedKombo();
    await up.control.options({ refuses: { status, code } });
    for (const { pages, error } of [await up.poll(up.cursor), await up.sweep(null)]) {
      expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE", retryAfterMs: 900_000 });
      expect(String(error)).toContain(code);
      expect(pages).toEqual([]);
    }
    expect(await up.control.requests()).toHaveLength(2);
  });

  test.each([
    [500, "PLATFORM.AUTHENTICATION_INVALID", "TIDEMARK_UPSTREAM_UNAUTHORIZED"],
    [503, "INTEGRATION.AUTHENTICATION_INVALID", "TIDEMARK_UPSTREAM_UNAUTHORIZED"],
    [200, "INTEGRATION.MODEL_DISABLED", "TIDEMARK_UPSTREAM_FORBIDDEN"],
    [400, "INTEGRATION.INACTIVE", "TIDEMARK_UPSTREAM_FORBIDDEN"],
    [404, "PLATFORM.INTEGRATION_NOT_FOUND", "TIDEMARK_UPSTREAM_REJECTED_REQUEST"],
    [422, "PLATFORM.INPUT_INVALID", "TIDEMARK_UPSTREAM_REJECTED_REQUEST"],
    [403, "PLATFORM.SOMETHING_NEW", "TIDEMARK_UPSTREAM_FORBIDDEN"],
    [418, null, "TIDEMARK_UPSTREAM_UNEXPECTED"],
    [200, null, "TIDEMARK_UPSTREAM_UNEXPECTED"],
  ])("%i %s halts with %s", async (status, code, ours) => {
    const up = await loadedKombo();
    await up.control.options({ refuses: { status, code } });
    const { pages, error } = await up.poll(up.cursor);
    expect(error).toMatchObject({ code: ours });
    expect(pages).toEqual([]);
    expect(await up.control.requests()).toHaveLength(1);
  });

  test.each([
    [400, "REMOTE.RATE_LIMIT_EXCEEDED", "TIDEMARK_UPSTREAM_THROTTLED"],
    [200, "PLATFORM.RATE_LIMIT_EXCEEDED", "TIDEMARK_UPSTREAM_THROTTLED"],
    [400, "REMOTE.SERVICE_UNAVAILABLE", "TIDEMARK_UPSTREAM_UNAVAILABLE"],
    [503, "PLATFORM.SOMETHING_NEW", "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ])("%i %s is tried again, in the end %s", async (status, code, ours) => {
    const up = await loadedKombo();
    await up.control.options({ refuses: { status, code } });
    expect((await up.poll(up.cursor)).error).toMatchObject({ code: ours });
    expect(await up.control.requests()).toHaveLength(4);
  });
});

test("a throttled client waits as long as `ratelimit-reset` says", async () => {
  const up = await komboUpstream({ accounts: 1 });
  await up.control.inject({ kind: "429", retryAfter: "none" });
  expect((await up.poll(null)).error).toBeNull();
  expect(up.clock.slept).toContain(2_000);
  expect(up.metrics.throttledSeconds).toEqual([2]);
});

test.each([
  ["the key", { apiKey: "wr0ng-key" }, "TIDEMARK_UPSTREAM_UNAUTHORIZED"],
  ["the integration", { integrationId: "workday:other" }, "TIDEMARK_UPSTREAM_REJECTED_REQUEST"],
])("when %s is wrong, one request tells, and no key is shown", async (_name, settings, code) => {
  const up = await komboUpstream({}, settings);
  const { error } = await up.poll(null);
  expect(error).toMatchObject({ code });
  expect(String(error)).toMatch(/GET http:\S+\/v1\/ats\/users answered \d+: PLATFORM\.\w+: The /);
  expect(await up.control.requests()).toHaveLength(1);
  expect(JSON.stringify([String(error), up.log.lines])).not.toContain("wr0ng");
});

test("a cursor that Kombo has forgotten starts the pass again with the same filter", async () => {
  const up = await loadedKombo({ behaviour: { cursorMs: 60_000 } });
  await up.control.mutate({ update: 900, tie: true });
  const { pages, error } = await up.poll(up.cursor, { beforeNext: () => up.pass(61_000) });
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  expect(lastCursor(pages)).toEqual(up.cursor);
  await up.control.clearRequests();
  const again = await up.poll(lastCursor(pages));
  expect(folded(observed(again.pages))).toEqual(
    new Map([...(await up.truth())].filter(([id]) => observed(again.pages).some((one) => one.id === id))),
  );
  expect(observed(again.pages).length).toBeGreaterThan(400);
});

test("an empty answer between two passes hides nothing", async () => {
  const up = await loadedKombo();
  const changed = await up.control.mutate({ update: 2 });
  await up.pass(600_000);
  await up.control.inject({ kind: "empty-answer" });
  const empty = await up.poll(up.cursor);
  expect(observed(empty.pages)).toEqual([]);
  const next = await up.poll(lastCursor(empty.pages));
  expect(observed(next.pages).map(({ id }) => id)).toEqual(
    expect.arrayContaining(changed.map(({ id }) => id)),
  );
});

test.each(["item-without-id", "item-with-nul"] as const)(
  "%s is set aside, the page goes on",
  async (kind) => {
    const up = await komboUpstream({ accounts: 3 });
    await up.control.inject({ kind });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(rejectedIn(pages)).toHaveLength(1);
    expect(observed(pages)).toHaveLength(2);
  },
);

test("members and values that nobody has heard of are kept", async () => {
  const up = await komboUpstream({ accounts: 1 });
  await up.control.inject({ kind: "unknown-members" });
  const { pages } = await up.poll(null);
  expect(observed(pages)).toMatchObject([
    { document: { status: "unknown", attributes: { status: "SABBATICAL", clearance: { level: [7] } } } },
  ]);
});

test("told to stop, a slow request ends within a second", async () => {
  const up = await komboUpstream();
  await up.control.inject({ kind: "slow", ms: 20_000 });
  const stop = new AbortController();
  const pass = up.poll(null, { signal: stop.signal });
  await expect.poll(async () => (await up.control.faults())[0]?.struck).toBe(1);
  const stoppedAt = performance.now();
  stop.abort(new Error("shutting down"));
  expect(String((await pass).error)).toContain("shutting down");
  expect(performance.now() - stoppedAt).toBeLessThan(1_000);
});
