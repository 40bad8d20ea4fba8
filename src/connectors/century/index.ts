import { defineConnector } from "../../sdk/define-connector.ts";
import { lookUp } from "../look-up.ts";
import { centuryApi } from "./api.ts";
import { positionSchema } from "./position.ts";
import { centurySettings } from "./settings.ts";
import { sweep } from "./sweep.ts";
import { documentOf, userId } from "./user.ts";

/** CENTURY Connect: `GET /api/v1/users`. It cannot be asked what changed, so every pass is a sweep. */
export const century = defineConnector({
  name: "century",
  settings: centurySettings,
  position: positionSchema,
  deletes: "by-absence",
  volatile: [],
  // CENTURY publishes no limit but warns of polling too much, and every pass reads everything.
  defaults: { everyMs: 900_000, budget: { requests: 5, perMs: 1_000 } },
  sweep,
  get(ids, context) {
    const api = centuryApi(context);
    return lookUp(ids, {
      idsAtOnce: 30,
      async witness() {
        const { rows } = await api.users(null, 1);
        return userId(rows[0] ?? null).id;
      },
      async find(some) {
        const { rows, next } = await api.usersWithIds(some);
        return { rows, isWhole: next === null };
      },
      idOf: (row) => userId(row).id,
      observe: (id, row) => ({ id, document: documentOf(id, row) }),
    });
  },
});
