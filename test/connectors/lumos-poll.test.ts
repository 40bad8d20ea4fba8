import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { LumosBehaviour } from "../../src/sandbox/upstreams/lumos/behaviour.ts";
import { lastCursor, observed } from "../support/connector-harness.ts";
import { closeUpstreams, folded, loadedLumos, lumosUpstream } from "./lumos-upstream.ts";

afterEach(closeUpstreams);

describe("the first pass", () => {
  test.each<[string, string, JsonObject, Partial<LumosBehaviour>]>([
    ["under the connector's id", "", {}, {}],
    ["under a prefix", "/connectors/", {}, {}],
    ["of a connector that is served alone", "", { connectorId: undefined as unknown as JsonValue }, {}],
    ["without a list", "", {}, { missing: ["list_accounts"] }],
    [
      "without a list, as an error says",
      "",
      {},
      { missing: ["list_accounts"], missingAs: "not_implemented" },
    ],
    ["with pages that are empty in between", "", {}, { emptyPageEvery: 2 }],
    ["with members left out and no page at the end", "", {}, { nulls: "omitted", pageEnd: "absent" }],
    ["with an empty page at the end", "", {}, { pageEnd: "empty" }],
    ["with a page of a size alone at the end", "", {}, { pageEnd: "size" }],
  ])("%s shows every account", async (_name, path, more, behaviour) => {
    const up = await lumosUpstream({ behaviour }, JSON.parse(JSON.stringify(more)) as JsonObject, path);
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(folded(observed(pages))).toEqual(await up.truth());
    expect(lastCursor(pages)).toMatchObject({ pass: null, cursor: expect.any(String) });
  });

  test("takes from the list what is older than the feed of changes reaches", async () => {
    const up = await lumosUpstream({ behaviour: { lookBackMs: 86_400_000, listsDeactivated: true } });
    const { pages } = await up.poll(null);
    expect(folded(observed(pages))).toEqual(await up.truth());
  });

  test("asks for everything, or for what the settings say", async () => {
    const all = await lumosUpstream({ accounts: 3 });
    await all.poll(null);
    expect((await all.asked("list_updated_accounts"))[0]?.request).toEqual({ since: "1970-01-01T00:00:00Z" });
    const since = "2026-01-01T00:00:00+01:00";
    const some = await lumosUpstream({ accounts: 3 }, { since });
    await some.poll(null);
    expect((await some.asked("list_updated_accounts"))[0]?.request).toEqual({ since });
  });

  test("of an app without accounts ends, and is no reason to start over", async () => {
    const up = await lumosUpstream({ accounts: 0 });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    await up.control.clearRequests();
    await up.control.mutate({ insert: 1 });
    expect(observed((await up.poll(lastCursor(pages))).pages)).toHaveLength(1);
    expect(await up.asked("list_accounts")).toEqual([]);
  });
});

test("while pages are walked, request and size stay as they were", async () => {
  const up = await loadedLumos(
    { behaviour: { cursorOn: "every-page" } },
    { pageSize: 7, customAttributes: ["title"] },
  );
  await up.control.mutate({ update: 40, tie: true });
  const { pages, error } = await up.poll(up.cursor);
  expect(error).toBeNull();
  const asked = await up.asked("list_updated_accounts");
  expect(asked.length).toBe(pages.length);
  expect(asked.length).toBeGreaterThan(4);
  const { cursor } = up.cursor as { cursor: string };
  for (const { request, page } of asked) {
    expect(request).toEqual({ cursor, custom_attributes: ["title"] });
    expect(page?.size).toBe(7);
  }
});

test("the connector's cursor is kept only when the last page was read", async () => {
  const up = await loadedLumos({ behaviour: { cursorOn: "every-page" } }, { pageSize: 10 });
  const before = (up.cursor as { cursor: string }).cursor;
  await up.control.mutate({ update: 30, tie: true });
  const { pages } = await up.poll(up.cursor);
  const kept = pages.map(({ cursor }) => (cursor as { cursor: string }).cursor);
  expect(new Set(kept.slice(0, -1))).toEqual(new Set([before]));
  expect(kept.at(-1)).not.toBe(before);
});

test("resumed from any page it shows the same", async () => {
  const up = await loadedLumos({}, { pageSize: 10 });
  await up.control.mutate({ update: 60, delete: 5, insert: 10, tie: true });
  const whole = await up.poll(up.cursor);
  expect(whole.pages.length).toBeGreaterThan(4);
  for (const [index, { cursor }] of whole.pages.slice(0, -1).entries()) {
    const rest = await up.poll(cursor);
    const both = [...observed(whole.pages.slice(0, index + 1)), ...observed(rest.pages)];
    expect(both).toEqual(observed(whole.pages));
  }
});

test("a connector without cursors is asked for what was updated since the last pass began, and an hour before", async () => {
  const up = await loadedLumos({ behaviour: { cursorOn: "never" } });
  const { cursor, since } = up.cursor as { cursor: null; since: string };
  expect(cursor).toBeNull();
  expect(Date.now() - Date.parse(since)).toBeGreaterThan(3_590_000);
  await up.control.mutate({ update: 3 });
  const { pages } = await up.poll(up.cursor);
  expect((await up.asked("list_updated_accounts"))[0]?.request).toEqual({ since });
  expect(folded(observed(pages), new Map(await up.truth()))).toEqual(await up.truth());
});

test("a cursor that stays away for once is not forgotten", async () => {
  const up = await loadedLumos();
  await up.control.options({ cursorOn: "never" });
  const { pages } = await up.poll(up.cursor);
  expect(lastCursor(pages)).toMatchObject({ cursor: (up.cursor as { cursor: string }).cursor });
});

describe("a cursor that the connector refuses", () => {
  test("is replaced by the time before which everything was read", async () => {
    const up = await loadedLumos();
    await up.control.mutate({ update: 4 });
    await up.control.options({ cursorGeneration: 2 });
    const { pages, error } = await up.poll(up.cursor);
    expect(error).toBeNull();
    const [refused, again] = await up.asked("list_updated_accounts");
    expect(refused?.request).toHaveProperty("cursor");
    expect(again?.request).toEqual({ since: (up.cursor as { since: string }).since });
    expect(observed(pages).length).toBeGreaterThan(0);
    expect(lastCursor(pages)).toMatchObject({ cursor: expect.any(String), pass: null });
    expect(lastCursor(pages)).not.toMatchObject({ cursor: (up.cursor as { cursor: string }).cursor });
  });

  test("misses nothing that the connector's data did not have yet", async () => {
    const hours = 3_600_000;
    // A minute after a refresh.
    const clockOffsetMs = 6 * hours - (Date.now() % (6 * hours)) + 60_000;
    const up = await loadedLumos({ clockOffsetMs, behaviour: { refreshEveryMs: 6 * hours } });
    await up.control.advance(6 * hours);
    // The next pass cannot see it, and it lies more than an hour before that pass.
    const [updated] = await up.control.mutate({ update: 1 });
    await up.control.advance(3 * hours);
    const second = await up.poll(up.cursor);
    await up.control.advance(6 * hours);
    await up.control.options({ cursorGeneration: 2 });
    const third = await up.poll(lastCursor(second.pages));
    const seen = [...observed(second.pages), ...observed(third.pages)].map(({ id }) => id);
    expect(seen).toContain(updated?.id);
  });

  test("or silently answered with everything is all the same", async () => {
    const up = await loadedLumos();
    await up.control.options({ cursorGeneration: 2, badCursor: "everything" });
    const { pages, error } = await up.poll(up.cursor);
    expect(error).toBeNull();
    expect(folded(observed(pages))).toEqual(await up.truth());
  });
});

test("a refusal that has nothing to do with the cursor halts, and the cursor is kept", async () => {
  const up = await loadedLumos();
  const message = "Invalid tenant";
  await up.control.options({ failing: { list_updated_accounts: { error_code: "bad_request", message } } });
  const { pages, error } = await up.poll(up.cursor);
  expect(error).toMatchObject({ code: "TIDEMARK_UPSTREAM_REJECTED_REQUEST" });
  expect(String(error)).toContain(message);
  expect(pages).toEqual([]);
  expect(await up.asked("list_updated_accounts")).toHaveLength(3);
});

test("a page token that is too old starts the pass again, with the same request", async () => {
  const up = await loadedLumos({}, { pageSize: 10 });
  await up.control.mutate({ update: 60, tie: true });
  let pages = 0;
  const cut = await up.poll(up.cursor, {
    beforeNext: async () => void (++pages === 2 && (await up.control.options({ tokenGeneration: 2 }))),
  });
  expect(cut.error).toMatchObject({ code: "TIDEMARK_UPSTREAM_UNAVAILABLE" });
  const { pass } = lastCursor(cut.pages) as { pass: JsonObject };
  expect(pass).toMatchObject({
    walk: { token: null },
    request: (await up.asked("list_updated_accounts"))[0]?.request,
  });
  const again = await up.poll(lastCursor(cut.pages));
  expect(again.error).toBeNull();
  const whole = await up.poll(up.cursor);
  expect(folded(observed(again.pages))).toEqual(folded(observed(whole.pages)));
});

test("DELETED is a delete, DEPROVISIONED and words that nobody knows are not", async () => {
  const up = await loadedLumos();
  const [one, two, three] = [...(await up.truth()).keys()];
  await up.control.mutate({
    changes: [
      { op: "delete", id: one },
      { op: "update", id: two, changes: { user_status: "DEPROVISIONED", account_type: "service" } },
      {
        op: "update",
        id: three,
        changes: { user_status: "ASCENDED", given_name: "Ada", family_name: "Byron" },
      },
    ],
    tie: true,
  });
  const seen = observed((await up.poll(up.cursor)).pages);
  expect(seen).toHaveLength(3);
  expect(seen).toContainEqual({ id: one, gone: true, at: null });
  expect(seen.find(({ id }) => id === two)).toMatchObject({
    document: { status: "inactive", kind: "service" },
  });
  expect(seen.find(({ id }) => id === three)).toMatchObject({
    document: { status: "unknown", displayName: "Ada Byron", attributes: { user_status: "ASCENDED" } },
  });
});

test("what the connector says about its limits comes back with the next call of the same capability", async () => {
  const up = await loadedLumos({ behaviour: { tellsLimits: true } }, { pageSize: 10 });
  await up.control.mutate({ update: 30, tie: true });
  await up.poll(up.cursor);
  const states = (await up.asked("list_updated_accounts")).map(
    ({ rate_limit: limit }) => limit?.last_known_state,
  );
  expect(states.length).toBeGreaterThan(2);
  const remaining = states.map(
    (state) => (state?.["app"] as { remaining: number } | undefined)?.remaining ?? 0,
  );
  expect(remaining).toEqual(remaining.toSorted((a, b) => b - a));
  expect(new Set(remaining).size).toBe(remaining.length);
  const silent = await loadedLumos({ accounts: 3 });
  await silent.poll(silent.cursor);
  expect((await silent.asked("list_updated_accounts"))[0]).not.toHaveProperty("rate_limit");
});

test("whatever changes, however late it shows, and whenever the connector is asked, everything arrives", async () => {
  const anyRound = fc.record({
    insert: fc.nat(2),
    update: fc.nat(6),
    delete: fc.nat(1),
    advanceMs: fc.constantFrom(0, 300, 20_000, 300_000),
    forgetsCursors: fc.boolean(),
  });
  const anyBehaviour = fc.record({
    lagJitterMs: fc.constantFrom(0, 3_000),
    cursorOn: fc.constantFrom("every-page" as const, "last-page" as const, "never" as const),
    badCursor: fc.constantFrom("error" as const, "everything" as const),
    emptyPageEvery: fc.constantFrom(0, 2, 3),
    refreshEveryMs: fc.constantFrom(0, 60_000),
    sinceIncludes: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      anyBehaviour,
      fc.integer({ min: 1, max: 9 }),
      fc.array(anyRound, { minLength: 1, maxLength: 8 }),
      async (behaviour, pageSize, rounds) => {
        const up = await lumosUpstream({ accounts: 12, behaviour }, { pageSize });
        const known = new Map<string, JsonObject>();
        let cursor: JsonValue = null;
        let cursorGeneration = 1;
        async function poll(): Promise<void> {
          const { pages, error } = await up.poll(cursor);
          expect(error).toBeNull();
          cursor = lastCursor(pages);
          folded(observed(pages), known);
        }
        await poll();
        for (const { advanceMs, forgetsCursors, ...mutation } of rounds) {
          await up.control.mutate(mutation);
          await up.control.advance(advanceMs);
          if (forgetsCursors) await up.control.options({ cursorGeneration: ++cursorGeneration });
          await poll();
        }
        await up.control.advance(120_000);
        await poll();
        expect(known).toEqual(await up.truth());
        await closeUpstreams();
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);
