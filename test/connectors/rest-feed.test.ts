import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { rest } from "../../src/connectors/rest/index.ts";
import type { Fault } from "../../src/sandbox/upstreams/protocol.ts";
import { connectedLane } from "../support/connected-lane.ts";
import { seed } from "../support/seed.ts";
import { expectTruth, playHistory, survivableKinds } from "./random-feed.ts";
import type { RestOptions } from "../../src/sandbox/upstreams/rest/index.ts";
import { restStyles } from "../../src/sandbox/upstreams/rest/query.ts";
import { type Described, closeUpstreams, restUpstream } from "./rest-upstream.ts";

afterEach(closeUpstreams);

const histories = 210;

async function restFeed(described: Described, options: RestOptions = {}) {
  const up = await restUpstream(described, options);
  return { ...up, ...(await connectedLane(rest, up)) };
}

describe.each(restStyles)("a list of style %s", (style) => {
  test("gives inserts, updates and deletes, and what was not seen to go is found by a sweep", async () => {
    const feed = await restFeed({ style });
    expect(await feed.turn("poll")).toHaveLength(50);
    await feed.pass(600_000);
    const [inserted] = await feed.control.mutate({ insert: 1 });
    const [updated] = await feed.control.mutate({ update: 1 });
    const deleted =
      [...(await feed.truth()).keys()].find((id) => ![inserted?.id, updated?.id].includes(id)) ?? "";
    await feed.control.mutate({ changes: [{ op: "delete", id: deleted }] });
    const events = await feed.turn("poll");
    expect(events.map(({ op, accountId }) => `${op} ${accountId}`).sort()).toEqual(
      [`inserted ${inserted?.id}`, `updated ${updated?.id}`, `deleted ${deleted}`].sort(),
    );
    await feed.control.options({ forgetsDeleted: true });
    const [gone] = await feed.control.mutate({ delete: 1 });
    expect(await feed.turn("poll")).toEqual([]);
    expect(await feed.turn("sweep")).toMatchObject([{ op: "deleted", accountId: gone?.id }]);
    await expectTruth(feed);
  });
});

test(
  "whatever goes wrong and whenever, in the end the events tell the truth",
  { timeout: 600_000 },
  async () => {
    console.log(`rest: seed ${seed}, ${histories} histories`);
    const anyFault = fc.record({
      kind: fc.constantFrom(...survivableKinds),
      after: fc.nat(4),
      times: fc.constantFrom(1, 2, 9),
    });
    const anyShift = fc.record({
      kind: fc.constant("shift" as const),
      after: fc.nat(4),
      mutation: fc.record({ insert: fc.nat(3), update: fc.nat(3), delete: fc.nat(3) }),
    });
    const anyRound = fc.record({
      mutation: fc.record({ insert: fc.nat(3), update: fc.nat(6), delete: fc.nat(3), tie: fc.boolean() }),
      faults: fc.array(fc.oneof(anyFault, anyShift), { maxLength: 2 }),
      turn: fc.nat(2),
      advanceMs: fc.constantFrom(0, 1, 999, 60_000, 299_000, 3_600_000),
    });
    const anyService = fc.record({
      style: fc.constantFrom(...restStyles),
      time: fc.constantFrom("iso" as const, "epochSeconds" as const, "epochMillis" as const),
      limit: fc.constantFrom(7, 10, 100),
      turns: fc.constantFrom(["poll"] as const, ["poll", "sweep"] as const, ["sweep"] as const),
      looksUp: fc.boolean(),
      tellsMore: fc.boolean(),
      behaviour: fc.record({
        includesBound: fc.boolean(),
        forgetsDeleted: fc.boolean(),
        lagJitterMs: fc.constantFrom(0, 250_000),
      }),
    });
    const played = fc.assert(
      fc.asyncProperty(anyService, fc.array(anyRound, { maxLength: 5 }), async (service, rounds) => {
        const { style, time, limit, turns, tellsMore, behaviour } = service;
        const isPolled = turns[0] === "poll";
        const isSwept = turns.some((turn) => turn === "sweep");
        // What vanishes without a tombstone, or is hidden by an empty answer, only a sweep finds.
        const isSurvivable = ({ kind }: Fault) => isSwept || kind !== "empty-answer";
        const canTellMore = tellsMore && ["page", "cursor", "search"].includes(style);
        const feed = await restFeed(
          {
            style,
            limit,
            more: canTellMore ? (style === "page" ? "meta.more" : "more") : null,
            incremental: isPolled ? { format: time, precision: precisionOf[time] } : null,
            looksUp: service.looksUp,
          },
          {
            accounts: 25,
            time,
            behaviour: {
              ...behaviour,
              tellsMore: canTellMore,
              forgetsDeleted: behaviour.forgetsDeleted && isSwept,
            },
          },
        );
        const steps = rounds.map(({ faults, turn, ...round }) => ({
          ...round,
          faults: (faults satisfies Fault[]).filter(isSurvivable),
          turn: turns[turn % turns.length] ?? "poll",
        }));
        await playHistory(feed, steps, { turns, settledAfterMs: 260_000 });
      }),
      { numRuns: histories, seed },
    );
    await expect(played).resolves.toBeUndefined();
  },
);

const precisionOf = { iso: "millisecond", epochSeconds: "second", epochMillis: "millisecond" } as const;
