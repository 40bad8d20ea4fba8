import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { lastCursor, observed, rejectedIn } from "../support/connector-harness.ts";
import { closeUpstreams, folded, loadedLumos, lumosUpstream } from "./lumos-upstream.ts";

afterEach(closeUpstreams);

describe("a throttle", () => {
  const error = { error_code: "rate_limit", message: "Slow down" };

  test("is waited for as long as it says, and told to the scheduler when that is long", async () => {
    const up = await loadedLumos();
    const metadata = (seconds: number): JsonObject => ({
      ...error,
      error_metadata: { retryable: true, throttled: true, refreshable: false, retry_after_seconds: seconds },
    });
    await up.control.options({ failing: { list_updated_accounts: metadata(7) } });
    const short = await up.poll(up.cursor);
    expect(short.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_THROTTLED", retryAfterMs: 7_000 });
    expect(await up.asked("list_updated_accounts")).toHaveLength(4);
    expect(up.metrics.throttledSeconds).toEqual([7, 7, 7, 7]);
    expect(Math.max(...up.clock.slept)).toBeGreaterThanOrEqual(7_000);

    const other = await loadedLumos();
    await other.control.options({ failing: { list_updated_accounts: metadata(300) } });
    const long = await other.poll(other.cursor);
    expect(long.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_THROTTLED", retryAfterMs: 300_000 });
    expect(String(long.error)).toContain("rate_limit: Slow down");
    // The whole group waits: nobody asks again.
    expect((await other.poll(other.cursor)).error).toMatchObject({ code: "TIDEMARK_UPSTREAM_THROTTLED" });
    expect(await other.asked("list_updated_accounts")).toHaveLength(1);
  });

  test("in the middle of a pass costs no page that was read", async () => {
    const rateLimit = { requests: 5, windowMs: 60_000 };
    const up = await lumosUpstream({ behaviour: { rateLimit } }, { pageSize: 20 });
    const known = new Map<string, JsonObject>();
    let pass = await up.poll(null);
    for (folded(observed(pass.pages), known); pass.error !== null; folded(observed(pass.pages), known)) {
      expect(pass.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_THROTTLED" });
      expect(pass.pages.length).toBeGreaterThan(0);
      await Promise.all([up.control.advance(60_000), up.clock.sleep(60_000)]);
      pass = await up.poll(lastCursor(pass.pages));
    }
    expect(known).toEqual(await up.truth());
  });
});

test.each(["404", "not_implemented", "unsupported_operation"] as const)(
  "a connector that does not offer the feed of changes (%s) halts the source",
  async (missingAs) => {
    const up = await loadedLumos();
    await up.control.options({ missing: ["list_updated_accounts"], missingAs });
    const { pages, error } = await up.poll(up.cursor);
    expect(pages).toEqual([]);
    expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNEXPECTED" });
  },
);

test("an empty answer is no news: the cursor stays where it was", async () => {
  const up = await loadedLumos();
  await up.control.mutate({ update: 4 });
  await up.control.inject({ kind: "empty-answer", path: "list_updated_accounts" });
  const empty = await up.poll(up.cursor);
  expect(empty.error).toBeNull();
  expect(lastCursor(empty.pages)).toMatchObject({ cursor: (up.cursor as { cursor: string }).cursor });
  expect(observed((await up.poll(lastCursor(empty.pages))).pages).length).toBeGreaterThan(0);
});

test("an account with a broken id is set aside, unknown words and members are kept", async () => {
  const up = await loadedLumos();
  await up.control.mutate({ update: 3, tie: true });
  const few = observed((await up.poll(up.cursor)).pages).length;
  for (const kind of ["item-with-nul", "item-without-id"] as const) {
    await up.control.inject({ kind, path: "list_updated_accounts" });
    const broken = await up.poll(up.cursor);
    expect(rejectedIn(broken.pages)).toHaveLength(1);
    expect(observed(broken.pages)).toHaveLength(few - 1);
  }
  await up.control.inject({ kind: "unknown-members", path: "list_updated_accounts" });
  const strange = await up.poll(up.cursor);
  expect(strange.error).toBeNull();
  for (const observation of observed(strange.pages)) {
    expect(observation).toMatchObject({
      document: {
        status: "unknown",
        kind: "unknown",
        attributes: { aura: { hue: [7] }, user_status: "ENTANGLED" },
      },
    });
  }
});

describe("freshness", () => {
  const hour = 3_600_000;
  const refreshed = () => ({
    clockOffsetMs: hour - (Date.now() % hour) + 60_000,
    behaviour: { refreshEveryMs: hour },
  });

  test("that did not advance leaves a poll out, for an hour at most", async () => {
    const up = await loadedLumos(refreshed());
    const skipped = await up.poll(up.cursor);
    expect(skipped.pages).toMatchObject([{ observations: [], cursor: up.cursor }]);
    expect(await up.asked("list_updated_accounts")).toEqual([]);
    const old = { ...(up.cursor as JsonObject), polledAt: new Date(Date.now() - hour).toISOString() };
    await up.poll(old);
    expect(await up.asked("list_updated_accounts")).toHaveLength(1);
  });

  test("that advanced, or went back, does not", async () => {
    const up = await loadedLumos(refreshed());
    await up.control.mutate({ update: 3 });
    await up.control.advance(hour);
    expect(observed((await up.poll(up.cursor)).pages).length).toBeGreaterThan(0);
    const ahead = { ...(up.cursor as JsonObject), recency: "2999-01-01T00:00:00.000Z" };
    await up.control.clearRequests();
    await up.poll(ahead);
    expect(await up.asked("list_updated_accounts")).toHaveLength(1);
  });

  test("that is not offered is asked for once a day; trouble with it keeps no poll from working", async () => {
    const up = await loadedLumos({ behaviour: { missing: ["get_data_recency"] } });
    await up.control.mutate({ update: 1 });
    expect(observed((await up.poll(up.cursor)).pages)).toHaveLength(1);
    expect(await up.asked("get_data_recency")).toEqual([]);
    await up.poll({ ...(up.cursor as JsonObject), askRecencyAt: new Date(Date.now() - 1).toISOString() });
    expect(await up.asked("get_data_recency")).toHaveLength(1);

    await up.control.options({ missing: [], failing: { get_data_recency: { error_code: "service_error" } } });
    const { pages, error } = await up.poll({ ...(up.cursor as JsonObject), askRecencyAt: null });
    expect(error).toBeNull();
    expect(observed(pages)).toHaveLength(1);
  });
});
