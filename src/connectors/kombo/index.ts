import type { JsonValue } from "../../core/json.ts";
import { defineConnector } from "../../sdk/define-connector.ts";
import { itemId } from "../../sdk/item-id.ts";
import { lookUp } from "../look-up.ts";
import { mapLimited } from "../map-limited.ts";
import { before } from "../utc-time.ts";
import { type KomboApi, komboApi } from "./api.ts";
import { cursorSchema, positionSchema } from "./cursor.ts";
import { poll } from "./poll.ts";
import { komboSettings } from "./settings.ts";
import { sweep } from "./sweep.ts";
import { observe, volatile } from "./user.ts";

const lookupsAtOnce = 4;

/** Kombo, one integration with an applicant tracking system: `GET /v1/ats/users`. */
export const kombo = defineConnector({
  name: "kombo",
  settings: komboSettings,
  cursor: cursorSchema,
  position: positionSchema,
  deletes: "tombstones",
  volatile,
  // Kombo itself looks every three hours at most; it advises a full fetch every week. Its limit: 300 requests in a minute, as seen.
  defaults: { everyMs: 300_000, sweepEveryMs: 604_800_000, budget: { requests: 240, perMs: 60_000 } },
  poll,
  // Sweeps are a week apart, and Kombo writes what it has read from the system behind in one long sync.
  lookBack: {
    everyMs: 21_600_000,
    windowMs: 86_400_000,
    from: ({ watermark }, ms) =>
      watermark === null ? null : { watermark: before(watermark, ms), pass: null },
  },
  sweep,
  get(ids, context) {
    const api = komboApi(context);
    return lookUp(ids, {
      // The app asks for 100 ids at most; a page holds more.
      idsAtOnce: 101,
      async witness() {
        const page = await api.users({}, null, 1);
        return itemId(page?.rows[0] ?? null).id;
      },
      find: (some) => find(some, api),
      idOf: (row) => itemId(row).id,
      observe,
    });
  },
});

/** Older versions refuse the whole request when one of the ids does not exist: then each is asked for by itself. */
async function find(
  ids: readonly string[],
  api: KomboApi,
): Promise<{ rows: readonly JsonValue[]; isWhole: boolean }> {
  const page = await api.users({ ids }, null);
  if (page !== null) return { rows: page.rows, isWhole: page.next === null };
  if (ids.length === 1) return { rows: [], isWhole: true };
  const found = await mapLimited(ids, lookupsAtOnce, (id) => find([id], api));
  return { rows: found.flatMap(({ rows }) => rows), isWhole: found.every(({ isWhole }) => isWhole) };
}
