import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { connectedLane } from "../support/connected-lane.ts";
import { playHistories } from "./random-feed.ts";
import { closeUpstreams, sailPointUpstream } from "./sailpoint-upstream.ts";

afterEach(closeUpstreams);

async function sailPointFeed(options: Parameters<typeof sailPointUpstream>[0]) {
  const up = await sailPointUpstream(options);
  return { ...up, ...(await connectedLane(up.connector, up)) };
}

test(
  "whatever goes wrong and whenever, in the end the events tell the truth",
  { timeout: 600_000 },
  async () => {
    const played = playHistories("sailpoint", {
      open: ({ accounts, ...behaviour }) => sailPointFeed({ accounts, behaviour }),
      behaviour: fc.record({
        accounts: fc.constantFrom(35, 35, 35, 35, 35, 35, 255),
        contract: fc.constantFrom("current" as const, "seed" as const),
        offsetOverrun: fc.constantFrom("empty" as const, "error" as const),
        shortPageEvery: fc.constantFrom(0, 3),
        forbidsSources: fc.boolean(),
        lagJitterMs: fc.constantFrom(0, 250_000),
      }),
      advancesMs: [0, 60_000, 301_000],
      turns: ["poll", "poll", "sweep", "look-back"],
      settledAfterMs: 260_000,
    });
    await expect(played).resolves.toBeUndefined();
  },
);
