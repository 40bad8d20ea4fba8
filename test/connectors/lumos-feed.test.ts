import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { connectedLane } from "../support/connected-lane.ts";
import { closeUpstreams, lumosUpstream } from "./lumos-upstream.ts";
import { playHistories } from "./random-feed.ts";

afterEach(closeUpstreams);

async function lumosFeed(options: Parameters<typeof lumosUpstream>[0]) {
  const up = await lumosUpstream(options, { pageSize: 10 });
  return { ...up, ...(await connectedLane(up.connector, up)) };
}

test(
  "whatever goes wrong and whenever, in the end the events tell the truth",
  { timeout: 600_000 },
  async () => {
    const played = playHistories("lumos", {
      open: (behaviour) => lumosFeed({ accounts: 30, behaviour }),
      behaviour: fc.record({
        cursorOn: fc.constantFrom("every-page" as const, "last-page" as const, "never" as const),
        showsDeleted: fc.boolean(),
        listsDeactivated: fc.boolean(),
        sinceIncludes: fc.boolean(),
        emptyPageEvery: fc.constantFrom(0, 2),
        lagJitterMs: fc.constantFrom(0, 250_000),
      }),
      advancesMs: [0, 60_000, 3_600_000],
      turns: ["poll", "poll", "sweep", "look-back"],
      settledAfterMs: 260_000,
      mostEmpty: 1,
    });
    await expect(played).resolves.toBeUndefined();
  },
);
