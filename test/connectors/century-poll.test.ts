import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { lastCursor, observed, rejectedIn } from "../support/connector-harness.ts";
import { centuryUpstream, closeUpstreams, folded, idsOf } from "./century-upstream.ts";

afterEach(closeUpstreams);

test("every pass shows every user once, oldest first, and asks every page for the same order", async () => {
  const up = await centuryUpstream();
  const first = await up.poll(null);
  expect(first.error).toBeNull();
  expect(first.pages.map(({ observations }) => observations.length)).toEqual([100, 100, 50]);
  expect(folded(observed(first.pages))).toEqual(await up.truth());
  const second = await up.poll(lastCursor(first.pages));
  expect(observed(second.pages)).toEqual(observed(first.pages));
  const requests = await up.control.requests();
  expect(requests).toHaveLength(6);
  for (const { headers, query } of requests) {
    expect(headers).toMatchObject({ "x-api-key": "key" });
    expect(query).toMatchObject({ "sort[field]": "createdAt", "sort[direction]": "asc", limit: "100" });
    expect(query).not.toHaveProperty("offset");
  }
});

test("an organisation without users is legal", async () => {
  const up = await centuryUpstream({ accounts: 0 });
  const { pages, error } = await up.poll(null);
  expect([observed(pages), error]).toEqual([[], null]);
});

test("users that come while the list is read come last, and none is shown twice", async () => {
  const up = await centuryUpstream();
  const { pages } = await up.poll(null, {
    beforeNext: async () => void (await up.control.mutate({ insert: 30 })),
  });
  const ids = idsOf(observed(pages));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(250);
});

test("resumed from any page it shows the rest", async () => {
  const up = await centuryUpstream();
  const whole = await up.poll(null);
  for (const [index, { cursor }] of whole.pages.slice(0, -1).entries()) {
    const rest = await up.poll(cursor);
    expect(observed([...whole.pages.slice(0, index + 1), ...rest.pages])).toEqual(observed(whole.pages));
  }
});

test("a user is mapped to the common members, and everything it has is kept", async () => {
  const up = await centuryUpstream({ accounts: 1 });
  const [id = ""] = (await up.truth()).keys();
  const changes = {
    username: "ada",
    firstName: "Ada",
    lastName: "Byron",
    fullName: "Ada Lovelace",
    emails: [null, "ada@school.example"],
    createdAt: "2024-01-01T12:00:00Z",
  };
  await up.control.mutate({ changes: [{ op: "update", id, changes }] });
  const [observation] = observed((await up.poll(null)).pages);
  expect(observation).toMatchObject({
    id,
    document: {
      id,
      userName: "ada",
      displayName: "Ada Lovelace",
      givenName: "Ada",
      familyName: "Byron",
      email: "ada@school.example",
      status: "unknown",
      kind: "person",
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      attributes: { userId: id, emails: [null, "ada@school.example"], roles: expect.any(Array) },
    },
  });
});

test.each(["null", "absent"] as const)("members without a value may be %s", async (emptyMembers) => {
  const up = await centuryUpstream({ accounts: 1, behaviour: { emptyMembers } });
  const [id = ""] = (await up.truth()).keys();
  const none = Object.fromEntries(
    ["upn", "externalId", "username", "firstName", "lastName", "fullName", "emails", "roles"].map((name) => [
      name,
      null,
    ]),
  );
  await up.control.mutate({ changes: [{ op: "update", id, changes: none }] });
  const { pages, error } = await up.poll(null);
  expect(error).toBeNull();
  expect(observed(pages)).toMatchObject([
    { id, document: { userName: null, displayName: null, email: null, kind: "person" } },
  ]);
});

test("members and values that nobody has heard of are kept", async () => {
  const up = await centuryUpstream({ accounts: 1 });
  await up.control.inject({ kind: "unknown-members" });
  expect(observed((await up.poll(null)).pages)).toMatchObject([
    { document: { attributes: { roles: ["wizard"], house: { points: [7] } } } },
  ]);
});

test.each(["item-without-id", "item-with-nul"] as const)(
  "%s is set aside, the page goes on",
  async (kind) => {
    const up = await centuryUpstream({ accounts: 3 });
    await up.control.inject({ kind });
    const { pages, error } = await up.poll(null);
    expect(error).toBeNull();
    expect(rejectedIn(pages)).toHaveLength(1);
    expect(observed(pages)).toHaveLength(2);
  },
);

test("an empty answer in the middle hides nobody from the next pass", async () => {
  const up = await centuryUpstream();
  await up.control.inject({ kind: "empty-answer", after: 1 });
  const short = await up.poll(null);
  expect(observed(short.pages)).toHaveLength(100);
  const whole = await up.poll(lastCursor(short.pages));
  expect(folded(observed(whole.pages))).toEqual(await up.truth());
});

test("a pass that saw fewer users than are counted says so", async () => {
  const up = await centuryUpstream({ behaviour: { miscountsBy: 2 } });
  expect((await up.poll(null)).error).toBeNull();
  expect(up.log.lines).toEqual([
    { level: "warn", message: "century.list.short", fields: { seen: 250, total: 252 } },
  ]);
});

test(
  "whatever changes, between pages and between passes, is known after the next quiet pass",
  { timeout: 60_000 },
  async () => {
    const anyMoves = fc.array(fc.record({ insert: fc.nat(20), update: fc.nat(20), delete: fc.nat(20) }), {
      maxLength: 6,
    });
    const anyBehaviour = fc.record({
      cursors: fc.constantFrom("keyset" as const, "offset" as const),
      emptyMembers: fc.constant("null" as const),
    });
    await fc.assert(
      fc.asyncProperty(anyBehaviour, anyMoves, fc.nat(3), async (behaviour, moves, stopsAfter) => {
        const up = await centuryUpstream({ behaviour });
        const known = new Map<string, JsonObject>();
        const queue = [...moves];
        const moving = await up.poll(null, {
          async beforeNext() {
            const mutation = queue.shift();
            if (mutation !== undefined) await up.control.mutate(mutation);
          },
        });
        expect(moving.error).toBeNull();
        const kept = moving.pages.slice(0, stopsAfter + 1);
        folded(observed(kept), known);
        // The first one may only end a pass that was stopped.
        const rest = await up.poll(lastCursor(kept));
        const quiet = await up.poll(lastCursor(rest.pages));
        expect([rest.error, quiet.error]).toEqual([null, null]);
        folded(observed([...rest.pages, ...quiet.pages]), known);
        const truth = await up.truth();
        for (const id of known.keys()) if (!truth.has(id)) known.delete(id);
        expect(known).toEqual(truth);
        await closeUpstreams();
      }),
      { numRuns: 40 },
    );
  },
);
