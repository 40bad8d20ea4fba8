import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { connectedLane } from "../support/connected-lane.ts";
import { bambooHrUpstream, closeUpstreams } from "./bamboohr-upstream.ts";
import { playHistories } from "./random-feed.ts";

afterEach(closeUpstreams);

async function bambooHrFeed(options: Parameters<typeof bambooHrUpstream>[0]) {
  const up = await bambooHrUpstream(options);
  // It also moves by what the connector does not ask for.
  const shown = ({ lastChanged: _lastChanged, ...record }: JsonObject) => up.shown(record);
  const truth = async () => new Map([...(await up.truth())].map(([id, record]) => [id, shown(record)]));
  return { ...up, shown, truth, ...(await connectedLane(up.connector, up)) };
}

test(
  "whatever goes wrong and whenever, in the end the events tell the truth",
  { timeout: 600_000 },
  async () => {
    const played = playHistories("bamboohr", {
      open: (behaviour) => bambooHrFeed({ accounts: 30, behaviour }),
      behaviour: fc.record({
        sinceIncludes: fc.boolean(),
        showsInsertionDate: fc.boolean(),
        forbidsReports: fc.boolean(),
        reportLagMs: fc.constantFrom(0, 20_000),
        reportsNulls: fc.boolean(),
        lagJitterMs: fc.constantFrom(0, 50_000),
      }),
      advancesMs: [0, 1_000, 61_000, 3_600_000],
      turns: ["poll", "poll", "sweep", "look-back"],
      // A change within the same second as one that was read is looked at once more when the overlap is over.
      settledAfterMs: 125_000,
      lists: "changed|reports",
    });
    await expect(played).resolves.toBeUndefined();
  },
);
