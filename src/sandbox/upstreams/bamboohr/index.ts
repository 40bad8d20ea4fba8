import { startSimulator } from "../simulator.ts";
import type { SimulatedUpstream, SimulatorOptions } from "../simulator.ts";
import type { Vendor } from "../vendor.ts";
import { editItems, withoutItems } from "./answer.ts";
import { bambooHrBehaviour, bambooHrDefaults } from "./behaviour.ts";
import type { BambooHrBehaviour } from "./behaviour.ts";
import { bambooHrEmployees } from "./employee-kind.ts";
import { bambooHrRefusal } from "./refusal.ts";
import { bambooHrRoutes } from "./routes.ts";

export interface BambooHrOptions extends SimulatorOptions<BambooHrBehaviour> {
  /** The company in legacy paths; "acme" when left out. */
  readonly company?: string;
  /** "key" when left out. */
  readonly apiKey?: string;
}

/**
 * Starts a simulated BambooHR company, under `/api/v1` and `/api/gateway.php/{company}/v1`: `GET employees/changed`,
 * `GET employees/:id`, `POST reports/custom`, `GET meta/fields`.
 *
 * @throws Error See `startSimulator`.
 */
export function startBambooHr(options: BambooHrOptions = {}): Promise<SimulatedUpstream<BambooHrBehaviour>> {
  const { company = "acme", apiKey = "key", seed = 1 } = options;
  const vendor: Vendor<BambooHrBehaviour> = {
    kind: "bamboohr",
    accounts: bambooHrEmployees(seed),
    changes: bambooHrBehaviour.partial(),
    defaults: bambooHrDefaults,
    serve: (app, world) => bambooHrRoutes(app, world, { company, apiKey }),
    refusal: bambooHrRefusal,
    withoutItems,
    editItems,
    strange: ({ id, members }) => ({
      id,
      members: {
        ...members,
        ...("action" in members ? { action: "Teleported" } : { status: "Dormant" }),
        aura: { hue: [7] },
      },
    }),
  };
  return startSimulator(vendor, options);
}
