import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { kombo } from "../../src/connectors/kombo/index.ts";
import { canonicalJsonWithoutNulls } from "../../src/core/canonical-json.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { connectedLane, foldedEvents, histories } from "../support/connected-lane.ts";
import { seed } from "../support/seed.ts";
import { closeUpstreams, komboUpstream } from "./kombo-upstream.ts";

afterEach(closeUpstreams);

const dayMs = 86_400_000;

async function komboFeed(options: Parameters<typeof komboUpstream>[0] = {}) {
  const up = await komboUpstream({ accounts: 30, ...options });
  return { ...up, ...(await connectedLane(kombo, up)) };
}

/** The users as a consumer knows them, without what Kombo's answers leave out or make up. */
function usersOf(events: Parameters<typeof foldedEvents>[0]): Map<string, JsonObject> {
  return new Map(
    [...foldedEvents(events)].map(([id, { attributes }]) => {
      const { changed_at: _changed, ...user } = attributes as JsonObject;
      return [id, user];
    }),
  );
}

/** Every user as it is, without nulls: they are neither stored nor published. */
async function truthOf({
  truth,
}: Awaited<ReturnType<typeof komboUpstream>>): Promise<Map<string, JsonObject>> {
  const users = await truth();
  return new Map(
    [...users].map(([id, user]) => [id, JSON.parse(canonicalJsonWithoutNulls(user)) as JsonObject]),
  );
}

describe("a deleted user", () => {
  test("is one delete with what was known of it, stays deleted when it is wiped, and can come back", async () => {
    const feed = await komboFeed();
    const inserts = await feed.turn("poll");
    const [gone] = await feed.control.mutate({ delete: 1 });
    const known = inserts.find(({ accountId }) => accountId === gone?.id)?.after;
    expect(await feed.turn("poll")).toMatchObject([
      { op: "deleted", accountId: gone?.id, version: 2, before: known, after: null },
    ]);
    await feed.pass(14 * dayMs);
    expect(await feed.turn("poll")).toEqual([]);
    expect(await feed.turn("sweep")).toEqual([]);
    await feed.control.mutate({ changes: [{ op: "insert", id: gone?.id }] });
    expect(await feed.turn("poll")).toMatchObject([{ op: "inserted", accountId: gone?.id, version: 3 }]);
  });

  test("that was gone and wiped before anybody looked is nothing", async () => {
    const feed = await komboFeed();
    await feed.control.mutate({ delete: 2 });
    await feed.pass(15 * dayMs);
    expect(await feed.turn("poll")).toHaveLength(28);
  });

  test("that vanishes without a tombstone is found by the sweep", async () => {
    const feed = await komboFeed({ behaviour: { forgetsDeleted: true } });
    await feed.turn("poll");
    const [gone] = await feed.control.mutate({ delete: 1 });
    expect(await feed.turn("poll")).toEqual([]);
    expect(await feed.turn("sweep")).toMatchObject([{ op: "deleted", accountId: gone?.id }]);
  });
});

test("a change of `changed_at` alone is no event", async () => {
  const feed = await komboFeed();
  await feed.turn("poll");
  const [id = ""] = await feed.ids();
  const email = (await feed.truth()).get(id)?.["email"];
  for (const value of ["other@acme.example", email])
    await feed.control.mutate({ changes: [{ op: "update", id, changes: { email: value } }] });
  expect(await feed.turn("poll")).toEqual([]);
});

test.each([
  [409, "INTEGRATION.SETUP_SYNC_PENDING", "running"],
  [503, "INTEGRATION.SETUP_INCOMPLETE", "running"],
  [400, "INTEGRATION.MODEL_DISABLED", "halted"],
])("%i %s is no reason to delete anybody: the source is %s", async (status, code, state) => {
  const feed = await komboFeed();
  await feed.turn("poll");
  await feed.control.options({ refuses: { status, code } });
  for (const turn of ["poll", "sweep"] as const) {
    expect(await feed.turn(turn)).toEqual([]);
    expect(feed.lane.source).toMatchObject({ state, population: 30 });
    await feed.resume();
  }
});

test(
  "whatever goes wrong and whenever, in the end the events tell the truth",
  { timeout: 600_000 },
  async () => {
    console.log(`kombo: seed ${seed}, ${histories} histories`);
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
      after: fc.nat(3),
      times: fc.constantFrom(1, 2, 9),
    });
    const anyRound = fc.record({
      mutation: fc.record({ insert: fc.nat(3), update: fc.nat(6), delete: fc.nat(3) }),
      faults: fc.array(anyFault, { maxLength: 2 }),
      turn: fc.constantFrom("poll" as const, "poll" as const, "sweep" as const),
      advanceMs: fc.constantFrom(0, 60_000, 299_000, 14 * dayMs),
    });
    const anyBehaviour = fc.record({
      unknownIds: fc.constantFrom("404" as const, "omitted" as const),
      forgetsDeleted: fc.boolean(),
      lagJitterMs: fc.constantFrom(0, 250_000),
    });
    await fc.assert(
      fc.asyncProperty(anyBehaviour, fc.array(anyRound, { maxLength: 8 }), async (behaviour, rounds) => {
        const feed = await komboFeed({ accounts: 300, behaviour });
        await feed.turn("poll");
        for (const { mutation, faults, turn, advanceMs } of rounds) {
          await feed.control.mutate(mutation);
          await feed.pass(advanceMs);
          await feed.control.inject(...(faults satisfies Fault[]));
          await feed.turn(turn);
          await feed.resume();
          await feed.control.clearFaults();
        }
        await feed.pass(260_000);
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
