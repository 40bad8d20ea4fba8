import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { century } from "../../src/connectors/century/index.ts";
import { canonicalJsonWithoutNulls } from "../../src/core/canonical-json.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { connectedLane, foldedEvents, histories } from "../support/connected-lane.ts";
import { seed } from "../support/seed.ts";
import { centuryUpstream, closeUpstreams } from "./century-upstream.ts";

afterEach(closeUpstreams);

async function centuryFeed(options: Parameters<typeof centuryUpstream>[0] = {}) {
  const up = await centuryUpstream(options);
  return { ...up, ...(await connectedLane(century, up)) };
}

/** The users as a consumer knows them. */
function usersOf(events: Parameters<typeof foldedEvents>[0]): Map<string, JsonObject> {
  return new Map([...foldedEvents(events)].map(([id, { attributes }]) => [id, attributes as JsonObject]));
}

/** Every user as it is, without nulls: they are neither stored nor published. */
async function truthOf({
  truth,
}: Awaited<ReturnType<typeof centuryUpstream>>): Promise<Map<string, JsonObject>> {
  const users = await truth();
  return new Map(
    [...users].map(([id, user]) => [id, JSON.parse(canonicalJsonWithoutNulls(user)) as JsonObject]),
  );
}

test("inserts, updates and deletes are told from what was known", async () => {
  const feed = await centuryFeed();
  expect(await feed.turn("poll")).toHaveLength(250);
  const [inserted] = await feed.control.mutate({ insert: 1 });
  const [old = "", other = ""] = (await feed.truth()).keys();
  await feed.control.mutate({ changes: [{ op: "update", id: old, changes: { roles: ["teacher"] } }] });
  await feed.control.mutate({ changes: [{ op: "delete", id: other }] });
  const events = await feed.turn("poll");
  expect(events.map(({ op, accountId }) => `${op} ${accountId}`).sort()).toEqual(
    [`inserted ${inserted?.id}`, `updated ${old}`].sort(),
  );
  expect(await feed.turn("sweep")).toMatchObject([{ op: "deleted", accountId: other, version: 2 }]);
  expect(usersOf(await feed.events())).toEqual(await truthOf(feed));
});

test("passes over what has not changed commit no account and no event: one write for a poll, one per page for a sweep", async () => {
  const feed = await centuryFeed({ accounts: 1_050 });
  await feed.turn("poll");
  feed.commits.length = 0;
  expect(await feed.turn("poll")).toEqual([]);
  expect(feed.commits).toHaveLength(1);
  feed.commits.length = 0;
  expect(await feed.turn("sweep")).toEqual([]);
  expect(feed.commits).toHaveLength(12);
  expect(feed.commits.flatMap(({ entries, rejected }) => [...entries, ...rejected])).toEqual([]);
});

describe("nobody is deleted", () => {
  test.each<[string, Fault]>([
    ["an empty answer in mid-list", { kind: "empty-answer", after: 1 }],
    ["nothing but empty answers", { kind: "empty-answer", times: 99 }],
    ["empty look-ups", { kind: "empty-answer", path: "userId=", times: 99 }],
    ["a user without id", { kind: "item-without-id" }],
    ["an unknown shape", { kind: "wrong-shape", after: 2 }],
  ])("by %s", async (_name, fault) => {
    const feed = await centuryFeed();
    await feed.turn("poll");
    await feed.control.inject(fault);
    for (let round = 0; round < 3; round += 1) {
      expect(await feed.turn("sweep")).toEqual([]);
      await feed.resume();
    }
  });

  test("who was only skipped while another one went", async () => {
    const feed = await centuryFeed({ behaviour: { cursors: "offset" } });
    await feed.turn("poll");
    const [first = ""] = (await feed.truth()).keys();
    const mutation = { changes: [{ op: "delete" as const, id: first }] };
    await feed.control.inject({ kind: "shift", mutation });
    // The one that goes was seen; the one that is skipped for it is looked up, and is there.
    expect(await feed.turn("sweep")).toEqual([]);
    expect(await feed.turn("sweep")).toMatchObject([{ op: "deleted", accountId: first }]);
  });
});

test(
  "whatever goes wrong and whenever, in the end the events tell the truth",
  { timeout: 600_000 },
  async () => {
    console.log(`century: seed ${seed}, ${histories} histories`);
    const anyFault = fc.record({
      kind: fc.constantFrom(
        ...([
          "429",
          "500",
          "503",
          "reset",
          "truncated",
          "empty-body",
          "empty-answer",
          "wrong-shape",
        ] as const),
      ),
      after: fc.nat(4),
      times: fc.constantFrom(1, 2, 9),
    });
    const anyShift = fc.record({
      kind: fc.constant("shift" as const),
      after: fc.nat(4),
      mutation: fc.record({ insert: fc.nat(3), update: fc.nat(3), delete: fc.nat(3) }),
    });
    const anyRound = fc.record({
      mutation: fc.record({ insert: fc.nat(5), update: fc.nat(5), delete: fc.nat(5) }),
      faults: fc.array(fc.oneof(anyFault, anyShift), { maxLength: 3 }),
      turn: fc.constantFrom("poll" as const, "sweep" as const),
    });
    const anyBehaviour = fc.record({ cursors: fc.constantFrom("keyset" as const, "offset" as const) });
    await fc.assert(
      fc.asyncProperty(anyBehaviour, fc.array(anyRound, { maxLength: 8 }), async (behaviour, rounds) => {
        const feed = await centuryFeed({ behaviour });
        await feed.turn("poll");
        for (const { mutation, faults, turn } of rounds) {
          await feed.control.mutate(mutation);
          await feed.control.inject(...(faults satisfies Fault[]));
          await feed.turn(turn);
          await feed.resume();
          await feed.control.clearFaults();
        }
        // The first ones may only end what was left unfinished.
        for (const turn of ["poll", "sweep", "poll", "sweep"] as const) await feed.turn(turn);
        expect(feed.lane.source.state).toBe("running");
        expect(usersOf(await feed.events())).toEqual(await truthOf(feed));
        await closeUpstreams();
      }),
      { numRuns: histories, seed },
    );
  },
);
