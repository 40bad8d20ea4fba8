import { defineConnector } from "tidemark/sdk";
import { z } from "zod";
import { definition, readPage } from "./people.ts";

const cursor = z.object({ since: z.iso.datetime(), newest: z.iso.datetime(), page: z.string() });
const dawn = "1970-01-01T00:00:00Z";
const overlapMs = 60_000;

export const peopleWithPoll = defineConnector({
  ...definition,
  cursor,
  defaults: { ...definition.defaults, everyMs: 60_000, sweepEveryMs: 3_600_000 },
  async *poll({ cursor, ...context }) {
    let place = cursor ?? { since: dawn, newest: dawn, page: "" };
    do {
      const { since, page } = place;
      const { observations, rejected, next } = await readPage({ since, page }, context);
      const changes = observations.map((seen) => ("document" in seen ? seen.document.updatedAt : null));
      const newest =
        [place.newest, ...changes]
          .filter((at) => at !== null)
          .sort()
          .at(-1) ?? dawn;
      // Never past what was read; and a little before it, for changes that show up late.
      const after = new Date(Math.max(0, Date.parse(newest) - overlapMs)).toISOString();
      place = next === null ? { since: after, newest, page: "" } : { since, newest, page: next };
      yield { observations, rejected, cursor: place };
    } while (place.page !== "");
  },
});
