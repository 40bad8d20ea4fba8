import { afterEach, describe, expect, test } from "vitest";
import { lastCursor, observed } from "../support/connector-harness.ts";
import { closeUpstreams, folded, komboUpstream, loadedKombo } from "./kombo-upstream.ts";

afterEach(closeUpstreams);

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
