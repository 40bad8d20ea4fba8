import { defineConnector } from "../../sdk/define-connector.ts";
import { before } from "../utc-time.ts";
import { cursorSchema, positionSchema } from "./cursor.ts";
import { get } from "./get.ts";
import { poll } from "./poll.ts";
import { lumosSettings } from "./settings.ts";
import { sweep } from "./sweep.ts";

/** A connector of the Lumos Connector API: `POST /{connector_id}/list_updated_accounts`. */
export const lumos = defineConnector({
  name: "lumos",
  settings: lumosSettings,
  cursor: cursorSchema,
  position: positionSchema,
  deletes: "by-absence",
  volatile: [],
  // Lumos publishes no limit: what the app behind the connector allows is not known either.
  defaults: { everyMs: 300_000, sweepEveryMs: 86_400_000, budget: { requests: 5, perMs: 1_000 } },
  poll,
  // What stands behind a cursor of the connector's own is not known, and the app's records may be late: read by time, whatever is said of freshness.
  lookBack: {
    everyMs: 21_600_000,
    windowMs: 86_400_000,
    from: (cursor, ms) =>
      cursor.since === null
        ? null
        : { ...cursor, cursor: null, since: before(cursor.since, ms), recency: null, pass: null },
  },
  sweep,
  get,
});
