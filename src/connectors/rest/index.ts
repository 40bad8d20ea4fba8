import { defineConnector } from "../../sdk/define-connector.ts";
import { before } from "../utc-time.ts";
import { cursorSchema, positionSchema } from "./cursor.ts";
import { get } from "./get.ts";
import { poll } from "./poll.ts";
import { restSettings } from "./settings.ts";
import { sweep } from "./sweep.ts";

/** Any upstream that lists its accounts over HTTP, as its settings describe it. */
export const rest = defineConnector({
  name: "rest",
  settings: restSettings,
  cursor: cursorSchema,
  position: positionSchema,
  deletes: "by-absence",
  volatile: [],
  // Nobody knows what the upstream allows: as careful as with the most sensitive of the others.
  defaults: { everyMs: 300_000, sweepEveryMs: 86_400_000, budget: { requests: 5, perMs: 1_000 } },
  canPoll: ({ incremental }) => incremental !== undefined,
  poll,
  // How late the upstream shows its changes is not known either.
  lookBack: {
    everyMs: 21_600_000,
    windowMs: 86_400_000,
    from: ({ watermark }, ms) =>
      watermark === null ? null : { watermark: before(watermark, ms), pass: null },
  },
  sweep,
  get,
});
