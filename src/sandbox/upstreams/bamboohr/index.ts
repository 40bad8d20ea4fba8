import { startSimulator } from "../simulator.ts";
import type { SimulatedUpstream, SimulatorOptions } from "../simulator.ts";
import type { Vendor } from "../vendor.ts";
import { editItems, withoutItems } from "./answer.ts";
import { bambooHrBehaviour, bambooHrDefaults } from "./behaviour.ts";
import type { BambooHrBehaviour } from "./behaviour.ts";
import { bambooHrEmployees } from "./employee-kind.ts";
import type { OAuthApp } from "./oauth.ts";
import { bambooHrRefusal } from "./refusal.ts";
import { bambooHrRoutes } from "./routes.ts";

export interface BambooHrOptions extends SimulatorOptions<BambooHrBehaviour> {
  /** The company in legacy paths; "acme" when left out. */
  readonly company?: string;
  /** "key" when left out. */
  readonly apiKey?: string;
  /** Client "client" with secret "secret", authorised with refresh token "refresh-0", when left out. */
  readonly app?: OAuthApp;
}

const defaultApp: OAuthApp = { clientId: "client", clientSecret: "secret", refreshToken: "refresh-0" };

/**
 * Starts a simulated BambooHR company, under `/api/v1` and `/api/gateway.php/{company}/v1`: `GET employees/changed`,
 * `GET employees/:id`, `POST reports/custom`, `GET meta/fields`; and `POST /token.php?request=token`.
 *
 * @throws Error See `startSimulator`.
 */
export function startBambooHr(options: BambooHrOptions = {}): Promise<SimulatedUpstream<BambooHrBehaviour>> {
  const { company = "acme", apiKey = "key", app = defaultApp, seed = 1 } = options;
  const vendor: Vendor<BambooHrBehaviour> = {
    kind: "bamboohr",
    accounts: bambooHrEmployees(seed),
    changes: bambooHrBehaviour.partial(),
    defaults: bambooHrDefaults,
    serve: (scope, world) => bambooHrRoutes(scope, world, { company, apiKey, app }),
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
