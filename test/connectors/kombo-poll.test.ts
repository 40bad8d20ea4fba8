import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { lastCursor, observed } from "../support/connector-harness.ts";
import { closeUpstreams, folded, komboUpstream, loadedKombo } from "./kombo-upstream.ts";

afterEach(closeUpstreams);

const dayMs = 86_400_000;

describe("the first pass", () => {
  test("shows every user once, in pages of 250, with both headers and no filter by time", async () => {
    const up = await komboUpstream();
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(pages.map(({ observations }) => observations.length)).toEqual([250, 250, 100]);
    expect(folded(observed(pages))).toEqual(await up.truth());
    for (const { headers, query } of await up.control.requests()) {
      expect(headers).toMatchObject({ authorization: "Bearer key", "x-integration-id": "workday:acme" });
      expect(query).toMatchObject({ page_size: "250", include_deleted: "true" });
      expect(query).not.toHaveProperty("updated_after");
    }
  });

  test("of an empty integration ends, and its first user is found", async () => {
    const up = await komboUpstream({ accounts: 0 });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    const [inserted] = await up.control.mutate({ insert: 1 });
    const next = await up.poll(lastCursor(pages));
    expect(observed(next.pages)).toMatchObject([{ id: inserted?.id }]);
  });

  test("asks again before it believes that there is nobody", async () => {
    const up = await komboUpstream();
    await up.control.inject({ kind: "empty-answer" });
    expect(folded(observed((await up.poll(null)).pages))).toEqual(await up.truth());
  });

  test("resumed from any page shows the rest, and begins no later", async () => {
    const up = await komboUpstream();
    const whole = await up.poll(null);
    const startedAt = (lastCursor(whole.pages) as { watermark: string }).watermark;
    await up.pass(1_000);
    for (const [index, { cursor }] of whole.pages.slice(0, -1).entries()) {
      const rest = await up.poll(cursor);
      expect(observed([...whole.pages.slice(0, index + 1), ...rest.pages])).toEqual(observed(whole.pages));
      expect(lastCursor(rest.pages)).toEqual({ watermark: startedAt, pass: null });
    }
  });
});

test("later passes read what changed since the last one began, the last five minutes again", async () => {
  const up = await loadedKombo();
  const { watermark } = up.cursor as { watermark: string };
  await up.control.mutate({ insert: 2, update: 300 });
  const { pages } = await up.poll(up.cursor);
  expect(folded(observed(pages), new Map()).size).toBeGreaterThan(200);
  const requests = await up.control.requests();
  const since = new Date(Date.parse(watermark) - 300_000).toISOString();
  expect(requests.length).toBeGreaterThan(0);
  for (const { query } of requests) {
    expect(query).toMatchObject({ updated_after: since, include_deleted: "true", page_size: "250" });
  }
});

test("every page repeats the filters: the cursor alone would show other users", async () => {
  const up = await loadedKombo();
  await up.control.mutate({ update: 900, tie: true });
  const { pages } = await up.poll(up.cursor);
  expect(pages.length).toBeGreaterThan(1);
  const [first, second] = await up.control.requests();
  expect(second?.query).toEqual({ ...first?.query, cursor: expect.any(String) });
});

test("a pass that finds nobody leaves the watermark where it is", async () => {
  const up = await loadedKombo();
  const idle = await up.poll(up.cursor);
  expect(idle.pages).toEqual([{ observations: [], rejected: [], cursor: up.cursor }]);
  expect(await up.control.requests()).toHaveLength(1);
});

test("a change of linked data is found although `changed_at` stays", async () => {
  const up = await loadedKombo({ accounts: 3 });
  const [id = ""] = await up.ids();
  const roles = [{ remote_id: "1", remote_label: "Boss", unified_type: "ADMIN", scope: null }];
  await up.control.mutate({ changes: [{ op: "update", id, changes: { system_roles: roles } }] });
  const [observation] = observed((await up.poll(up.cursor)).pages);
  expect(observation).toMatchObject({ id, document: { attributes: { system_roles: roles } } });
  const { updatedAt } = (observation as { document: { updatedAt: string } }).document;
  expect(updatedAt < (up.cursor as { watermark: string }).watermark).toBe(true);
});

describe("a deleted user", () => {
  test("is a delete at the time that Kombo tells", async () => {
    const up = await loadedKombo();
    const gone = await up.control.mutate({ delete: 3 });
    const { pages } = await up.poll(up.cursor);
    expect(observed(pages)).toHaveLength(3);
    expect(observed(pages)).toEqual(
      expect.arrayContaining(gone.map(({ id, at }) => ({ id, gone: true, at }))),
    );
  });

  test("stays a delete when its data is wiped after 14 days, and is never an update", async () => {
    const up = await loadedKombo({ accounts: 5 });
    const [gone] = await up.control.mutate({ delete: 1 });
    const first = await up.poll(up.cursor);
    await up.pass(14 * dayMs);
    const wiped = await up.poll(lastCursor(first.pages));
    const expected = [{ id: gone?.id, gone: true, at: gone?.at }];
    expect([observed(first.pages), observed(wiped.pages)]).toEqual([expected, expected]);
  });

  test("that comes back is there again", async () => {
    const up = await loadedKombo({ accounts: 5 });
    const [gone] = await up.control.mutate({ delete: 1 });
    const first = await up.poll(up.cursor);
    await up.control.mutate({ changes: [{ op: "insert", id: gone?.id }] });
    const second = await up.poll(lastCursor(first.pages));
    expect(observed(second.pages)).toEqual([
      { id: gone?.id, document: expect.objectContaining({ id: gone?.id }) },
    ]);
  });
});

test("a clock of ours that is ahead of Kombo's loses nothing", async () => {
  const up = await komboUpstream({ accounts: 5, clockOffsetMs: -3_600_000 });
  const first = await up.poll(null);
  const changed = await up.control.mutate({ update: 2 });
  const second = await up.poll(lastCursor(first.pages));
  expect(observed(second.pages).map(({ id }) => id)).toEqual(
    expect.arrayContaining(changed.map(({ id }) => id)),
  );
});

test("a watermark that is in the future does not hide the present, and never goes back", async () => {
  const up = await komboUpstream({ accounts: 5 });
  await up.control.mutate({ update: 1 });
  const future = { watermark: "2999-01-01T00:00:00.000Z", pass: null };
  const { pages } = await up.poll(future);
  expect(observed(pages)).toHaveLength(1);
  expect(lastCursor(pages)).toEqual(future);
});

test(
  "whatever changes, however late it shows, and wherever a pass stops, everything arrives",
  { timeout: 60_000 },
  async () => {
    const anyRound = fc.record({
      insert: fc.nat(3),
      update: fc.nat(5),
      delete: fc.nat(2),
      advanceMs: fc.constantFrom(0, 300, 20_000, 299_000, 900_000, 15 * dayMs),
      stopsAfter: fc.constantFrom(1, 2, 99),
    });
    const anyBehaviour = fc.record({
      lagJitterMs: fc.constantFrom(0, 3_000, 290_000),
      updatedAfterIncludes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        anyBehaviour,
        fc.array(anyRound, { minLength: 1, maxLength: 8 }),
        async (behaviour, rounds) => {
          const up = await komboUpstream({ accounts: 260, behaviour });
          const known = new Map<string, JsonObject>();
          let cursor: JsonValue = null;
          async function poll(stopsAfter: number): Promise<void> {
            const { pages, error } = await up.poll(cursor);
            expect(error).toBeNull();
            const kept = pages.slice(0, stopsAfter);
            folded(observed(kept), known);
            cursor = lastCursor(kept);
          }
          await poll(99);
          for (const { advanceMs, stopsAfter, ...mutation } of rounds) {
            await up.control.mutate(mutation);
            await up.pass(advanceMs);
            await poll(stopsAfter);
          }
          await up.pass(295_000);
          // The first one may have to end a pass that was stopped.
          await poll(99);
          await poll(99);
          expect(known).toEqual(await up.truth());
          await closeUpstreams();
        },
      ),
      { numRuns: 40 },
    );
  },
);
