import { defineConnector } from "../../sdk/define-connector.ts";
import { bambooHrApi } from "./api.ts";
import { cursorSchema, positionSchema } from "./cursor.ts";
import { volatile } from "./employee.ts";
import { hydrate } from "./hydrate.ts";
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
  sweep,
  get: (ids, context) => hydrate(ids, bambooHrApi(context)),
});
