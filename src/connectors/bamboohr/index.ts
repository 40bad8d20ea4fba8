import { defineConnector } from "../../sdk/define-connector.ts";
import { before } from "../utc-time.ts";
import { bambooHrApi } from "./api.ts";
import { cursorSchema, positionSchema } from "./cursor.ts";
import { volatile } from "./employee.ts";
import { askForEach } from "./hydrate.ts";
import { poll } from "./poll.ts";
import { bambooHrSettings } from "./settings.ts";
import { sweep } from "./sweep.ts";

/** BambooHR: `GET /api/v1/employees/changed`, then each changed employee. */
export const bamboohr = defineConnector({
  name: "bamboohr",
  settings: bambooHrSettings,
  cursor: cursorSchema,
  position: positionSchema,
  deletes: "tombstones",
  volatile,
  // BambooHR publishes no limit.
  defaults: { everyMs: 60_000, sweepEveryMs: 86_400_000, budget: { requests: 10, perMs: 1_000 } },
  poll,
  // Sweeps read ids only, so an update that polls have missed would stay missed for ever.
  lookBack: {
    everyMs: 21_600_000,
    windowMs: 86_400_000,
    from: ({ latest }, ms) =>
      latest === null ? null : { latest, since: before(latest, ms), seen: [], pass: null },
  },
  sweep,
  // Also for employees that the key may not read, all of them: a person asks for those in quarantine again.
  get: (ids, context) => askForEach(ids, bambooHrApi(context)),
});
