import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { lastCursor, observed, rejectedIn } from "../support/connector-harness.ts";
import { bambooHrUpstream, closeUpstreams, folded, loadedBambooHr } from "./bamboohr-upstream.ts";

afterEach(closeUpstreams);

describe("the first pass", () => {
  test.each([
    ["", {}],
    ["/api/v1", {}],
    ["/api/gateway.php/acme", {}],
    ["", { behaviour: { forbidsReports: true } }],
  ])("shows every employee once, in pages of 100 (address %j, %j)", async (path, options) => {
    const up = await bambooHrUpstream(options, {}, path);
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(pages.map(({ observations }) => observations.length)).toEqual([100, 100, 50]);
    expect(folded(observed(pages))).toEqual(await up.truth());
    expect(lastCursor(pages)).toMatchObject({ pass: null, latest: expect.any(String) });
  });

  test("finds employees that have not changed since before the feed's time", async () => {
    const up = await bambooHrUpstream({ accounts: 5 });
    await up.control.inject({ kind: "empty-answer", path: "changed" });
    const { pages } = await up.poll(null);
    expect(folded(observed(pages))).toEqual(await up.truth());
  });

  test("of an empty company ends, and is no reason to start over", async () => {
    const up = await bambooHrUpstream({ accounts: 0 });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(observed(pages)).toEqual([]);
    const [inserted] = await up.control.mutate({ insert: 1 });
    const next = await up.poll(lastCursor(pages));
    expect(observed(next.pages)).toMatchObject([{ id: inserted?.id }]);
  });
});

test("what is gone comes first, as a page of its own, without being asked for", async () => {
  const up = await loadedBambooHr();
  const changed = await up.control.mutate({ delete: 2, update: 3, insert: 1 });
  const { pages } = await up.poll(up.cursor);
  expect(pages).toHaveLength(2);
  const gone = changed.filter(({ op }) => op === "delete");
  const at = expect.stringMatching(/^\d{4}-.*Z$/);
  expect(pages[0]?.observations).toEqual(
    expect.arrayContaining(gone.map(({ id }) => ({ id, gone: true, at }))),
  );
  expect(await up.hydrated()).toBe(pages[1]?.observations.length);
});

test("an idle poll asks for no employee, also when the server shows what is exactly at `since`", async () => {
  const up = await loadedBambooHr();
  await up.control.mutate({ insert: 1, update: 2 });
  let cursor = lastCursor((await up.poll(up.cursor)).pages);
  const young = await up.poll(cursor);
  expect(observed(young.pages)).toEqual([]);
  await up.control.advance(63_000);
  cursor = lastCursor((await up.poll(cursor)).pages);
  await up.control.clearRequests();
  for (let polls = 0; polls < 3; polls++) {
    const idle = await up.poll(cursor);
    expect(observed(idle.pages)).toEqual([]);
    expect(lastCursor(idle.pages)).toEqual(cursor);
    cursor = lastCursor(idle.pages);
  }
  expect(await up.hydrated()).toBe(0);
});

test("an update that hides behind the date of the insertion is found", async () => {
  const up = await loadedBambooHr({ behaviour: { showsInsertionDate: true } });
  const [inserted] = await up.control.mutate({ insert: 1 });
  const id = inserted?.id ?? "";
  const first = await up.poll(up.cursor);
  await up.control.advance(5_000);
  await up.control.mutate({ changes: [{ op: "update", id, changes: { jobTitle: "Lighthouse Keeper" } }] });
  await up.control.advance(62_000);
  const second = await up.poll(lastCursor(first.pages));
  expect(folded(observed(second.pages)).get(id)).toMatchObject({ jobTitle: "Lighthouse Keeper" });
});

test("a second update within the same second is found", async () => {
  const up = await loadedBambooHr();
  const [employee] = [...(await up.truth()).keys()];
  const id = employee ?? "";
  const at =
    (await up.control.mutate({ changes: [{ op: "update", id, changes: { jobTitle: "One" } }] }))[0]?.at ?? "";
  const first = await up.poll(up.cursor);
  await up.control.mutate({ at, changes: [{ op: "update", id, changes: { jobTitle: "Two" } }] });
  await up.control.advance(62_000);
  const second = await up.poll(lastCursor(first.pages));
  expect(folded([...observed(first.pages), ...observed(second.pages)]).get(id)).toMatchObject({
    jobTitle: "Two",
  });
});

test("an update within the same second is found although the feed was empty by mistake when it was due", async () => {
  const up = await loadedBambooHr({ behaviour: { sinceIncludes: false } });
  const [first = "", second = ""] = [...(await up.truth()).keys()];
  const update = (id: string, jobTitle: string) => ({ op: "update" as const, id, changes: { jobTitle } });
  const [changed] = await up.control.mutate({ changes: [update(first, "One")] });
  const { pages } = await up.poll(up.cursor);
  await up.control.mutate({ at: changed?.at ?? "", changes: [update(second, "Two")] });
  await up.control.advance(3_600_000);
  await up.control.inject({ kind: "empty-answer", path: "changed" });
  const empty = await up.poll(lastCursor(pages));
  const next = await up.poll(lastCursor(empty.pages));
  expect(folded(observed(next.pages)).get(second)).toMatchObject({ jobTitle: "Two" });
});

test(
  "whatever changes, however late it shows, and whenever the feed is asked, everything arrives",
  { timeout: 60_000 },
  async () => {
    const anyRound = fc.record({
      insert: fc.nat(2),
      update: fc.nat(4),
      delete: fc.nat(1),
      advanceMs: fc.constantFrom(0, 300, 2_000, 20_000, 70_000, 300_000),
    });
    const anyBehaviour = fc.record({
      lagJitterMs: fc.constantFrom(0, 3_000, 50_000),
      sinceIncludes: fc.boolean(),
      showsInsertionDate: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        anyBehaviour,
        fc.array(anyRound, { minLength: 1, maxLength: 10 }),
        async (behaviour, rounds) => {
          const up = await bambooHrUpstream({ accounts: 20, behaviour });
          const known = new Map<string, JsonObject>();
          let cursor: JsonValue = null;
          async function poll(): Promise<void> {
            const { pages, error } = await up.poll(cursor);
            expect(error).toBeNull();
            const since = (cursor as { since?: string } | null)?.since ?? "";
            cursor = lastCursor(pages);
            expect((cursor as { since: string }).since >= since).toBe(true);
            folded(observed(pages), known);
          }
          await poll();
          for (const { advanceMs, ...mutation } of rounds) {
            await up.control.mutate(mutation);
            await up.control.advance(advanceMs);
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
  },
);

test("resumed from any page it shows the same, and what changed again meanwhile comes with the next pass", async () => {
  const up = await loadedBambooHr();
  await up.control.mutate({ update: 180, delete: 3, insert: 40, tie: true });
  const whole = await up.poll(up.cursor);
  expect(whole.pages.length).toBeGreaterThan(2);
  for (const [index, { cursor }] of whole.pages.slice(0, -1).entries()) {
    const rest = await up.poll(cursor);
    const both = [...observed(whole.pages.slice(0, index + 1)), ...observed(rest.pages)];
    expect(folded(both)).toEqual(folded(observed(whole.pages)));
  }
  const known = folded(observed(whole.pages.slice(0, 2)));
  const early = observed(whole.pages.slice(1, 2)).map(({ id }) => id)[0] ?? "";
  await up.control.advance(1_000);
  await up.control.mutate({ changes: [{ op: "update", id: early, changes: { jobTitle: "Changed again" } }] });
  const resumed = await up.poll(whole.pages[1]?.cursor ?? null);
  const next = await up.poll(lastCursor(resumed.pages));
  folded([...observed(resumed.pages), ...observed(next.pages)], known);
  expect(known.get(early)).toMatchObject({ jobTitle: "Changed again" });
});

test("an employee that is gone by the time it is asked for is gone; one that may not be read is set aside", async () => {
  const up = await loadedBambooHr();
  const changed = await up.control.mutate({ update: 4, tie: true });
  const [hidden = "", deleted = ""] = [...new Set(changed.map(({ id }) => id))];
  await up.control.options({ forbiddenIds: [hidden] });
  // Deleted, but the feed does not show it yet.
  await up.control.mutate({ changes: [{ op: "delete", id: deleted }], lagMs: 30_000 });
  const { pages, error } = await up.poll(up.cursor);
  expect(error).toBeNull();
  expect(observed(pages)).toContainEqual({ id: deleted, gone: true, at: null });
  const reason = "the key may not read this employee";
  expect(rejectedIn(pages)).toEqual([{ raw: { id: hidden }, accountId: hidden, reason }]);
});

test("a key that may read nobody halts the source instead of setting everybody aside", async () => {
  const up = await loadedBambooHr();
  await up.control.mutate({ update: 3 });
  await up.control.inject({ kind: "403", path: String.raw`employees/\d+`, times: 99 });
  expect((await up.poll(up.cursor)).error).toMatchObject({ code: "TIDEMARK_UPSTREAM_FORBIDDEN" });
});

test("nothing that is empty or a zero date becomes a value, and what it really was stays in the attributes", async () => {
  const up = await loadedBambooHr();
  const [id = ""] = [...(await up.truth()).keys()];
  const changes = {
    displayName: "",
    firstName: "Ada",
    lastName: "Byron",
    workEmail: "",
    terminationDate: "0000-00-00",
    status: "Inactive",
  };
  await up.control.mutate({ changes: [{ op: "update", id, changes }] });
  const observation = observed((await up.poll(up.cursor)).pages).find((each) => each.id === id);
  expect(observation).toMatchObject({
    id,
    document: {
      displayName: "Ada Byron",
      email: null,
      status: "inactive",
      kind: "person",
      attributes: { terminationDate: "0000-00-00" },
    },
  });
});
