import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { kombo } from "../../src/connectors/kombo/index.ts";
import { connectedLane } from "../support/connected-lane.ts";
import { closeUpstreams, komboUpstream } from "./kombo-upstream.ts";
import { playHistories } from "./random-feed.ts";

afterEach(closeUpstreams);

const dayMs = 86_400_000;

async function komboFeed(options: Parameters<typeof komboUpstream>[0] = {}) {
  const up = await komboUpstream({ accounts: 30, ...options });
  return { ...up, ...(await connectedLane(kombo, up)) };
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
    const played = playHistories("kombo", {
      open: ({ accounts, ...behaviour }) => komboFeed({ accounts, behaviour }),
      behaviour: fc.record({
        accounts: fc.constantFrom(35, 35, 35, 35, 35, 35, 260),
        unknownIds: fc.constantFrom("404" as const, "omitted" as const),
        forgetsDeleted: fc.boolean(),
        lagJitterMs: fc.constantFrom(0, 250_000),
      }),
      advancesMs: [0, 60_000, 299_000, 14 * dayMs],
      turns: ["poll", "poll", "sweep", "look-back"],
      settledAfterMs: 260_000,
    });
    await expect(played).resolves.toBeUndefined();
  },
);
