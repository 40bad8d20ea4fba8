import { defineConnector } from "../../sdk/define-connector.ts";
import { mapLimited } from "../map-limited.ts";
import { before } from "../utc-time.ts";
import { observe } from "./account.ts";
import { sailPointApi } from "./api.ts";
import { cursorSchema, positionSchema } from "./cursor.ts";
import { poll } from "./poll.ts";
import { sailPointSettings } from "./settings.ts";
import { sweep } from "./sweep.ts";

const lookupsAtOnce = 4;

/** SailPoint Identity Security Cloud: `GET /v3/accounts`. */
export const sailpoint = defineConnector({
  name: "sailpoint",
  settings: sailPointSettings,
  cursor: cursorSchema,
  position: positionSchema,
  deletes: "by-absence",
  volatile: [],
  // SailPoint allows 100 requests in 10 s; the rest is for people who use the same credentials.
  defaults: { everyMs: 60_000, sweepEveryMs: 21_600_000, budget: { requests: 95, perMs: 10_000 } },
  poll,
  // The list is fed from an index that lags behind, for hours while a source is aggregated; a day's changes are a few pages.
  lookBack: {
    everyMs: 21_600_000,
    windowMs: 86_400_000,
    from: (cursor, ms) =>
      cursor.watermark === null ? null : { ...cursor, watermark: before(cursor.watermark, ms), pass: null },
  },
  sweep,
  async get(ids, context) {
    const api = sailPointApi(context);
    const looked = await mapLimited(ids, lookupsAtOnce, async (id) => {
      const account = await api.account(id);
      if (account === null) return { observations: [{ id, gone: true as const, at: null }], rejected: [] };
      return observe([account]);
    });
    return {
      observations: looked.flatMap(({ observations }) => observations),
      rejected: looked.flatMap(({ rejected }) => rejected),
    };
  },
});
