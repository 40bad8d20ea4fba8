import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { century } from "../../src/connectors/century/index.ts";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { connectedLane } from "../support/connected-lane.ts";
import { centuryUpstream, closeUpstreams } from "./century-upstream.ts";
import { expectTruth, playHistories } from "./random-feed.ts";

afterEach(closeUpstreams);

async function centuryFeed(options: Parameters<typeof centuryUpstream>[0] = {}) {
  const up = await centuryUpstream(options);
  return { ...up, ...(await connectedLane(century, up)) };
}

test("inserts, updates and deletes are told from what was known", async () => {
  const feed = await centuryFeed();
  expect(await feed.turn("sweep")).toHaveLength(250);
  const [inserted] = await feed.control.mutate({ insert: 1 });
  const [old = "", other = ""] = (await feed.truth()).keys();
  await feed.control.mutate({ changes: [{ op: "update", id: old, changes: { roles: ["teacher"] } }] });
  await feed.control.mutate({ changes: [{ op: "delete", id: other }] });
  const events = await feed.turn("sweep");
  expect(events.map(({ op, accountId }) => `${op} ${accountId}`).sort()).toEqual(
    [`deleted ${other}`, `inserted ${inserted?.id}`, `updated ${old}`].sort(),
  );
  await expectTruth(feed);
});

test("a sweep over what has not changed looks known users up and stages them once per page, and commits no account and no event", async () => {
  const feed = await centuryFeed({ accounts: 1_050 });
  await feed.turn("sweep");
  feed.commits.length = 0;
  feed.lookedUp.length = 0;
  expect(await feed.turn("sweep")).toEqual([]);
  expect(feed.lookedUp).toEqual([...Array.from({ length: 10 }, () => 100), 50]);
  expect(feed.commits).toHaveLength(11 + 1);
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
    await feed.turn("sweep");
    await feed.control.inject(fault);
    for (let round = 0; round < 3; round += 1) {
      expect(await feed.turn("sweep")).toEqual([]);
      await feed.resume();
    }
  });

  test("who was only skipped while another one went", async () => {
    const feed = await centuryFeed({ behaviour: { cursors: "offset" } });
    await feed.turn("sweep");
    const [first = ""] = (await feed.truth()).keys();
    const mutation = { changes: [{ op: "delete" as const, id: first }] };
    await feed.control.inject({ kind: "shift", mutation });
    // The one that goes was seen; the one that is skipped for it is looked up, and is there.
    expect(await feed.turn("sweep")).toEqual([]);
    expect(await feed.turn("sweep")).toMatchObject([{ op: "deleted", accountId: first }]);
  });
});

test("when nobody is left whom a look-up could be trusted by, approved deletes are carried out by the next sweep", async () => {
  const feed = await centuryFeed({ accounts: 30 });
  await feed.turn("sweep");
  const ids = [...(await feed.truth()).keys()];
  await feed.control.mutate({ changes: ids.map((id) => ({ op: "delete" as const, id })) });
  expect(await feed.turn("sweep")).toEqual([]);
  expect(await feed.turn("sweep")).toEqual([]);
  await feed.approveHolds();
  expect(await feed.events()).toHaveLength(30);
  const events = await feed.turn("sweep");
  expect(events.map(({ op, accountId }) => `${op} ${accountId}`).sort()).toEqual(
    ids.map((id) => `deleted ${id}`).sort(),
  );
  await expectTruth(feed);
});

test(
  "whatever goes wrong and whenever, in the end the events tell the truth",
  { timeout: 600_000 },
  async () => {
    const played = playHistories("century", {
      open: ({ accounts, ...behaviour }) => centuryFeed({ accounts, behaviour }),
      behaviour: fc.record({
        accounts: fc.constantFrom(35, 35, 35, 35, 110),
        cursors: fc.constantFrom("keyset" as const, "offset" as const),
      }),
      advancesMs: [0],
      turns: ["sweep"],
    });
    await expect(played).resolves.toBeUndefined();
  },
);
