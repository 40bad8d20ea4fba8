import { startSimulator } from "../simulator.ts";
import type { SimulatedUpstream, SimulatorOptions } from "../simulator.ts";
import type { Vendor } from "../vendor.ts";
import { lumosAccounts } from "./account-kind.ts";
import { lumosBehaviour, lumosDefaults } from "./behaviour.ts";
import type { LumosBehaviour } from "./behaviour.ts";
import { editItems, lumosRefusal, withoutItems } from "./envelope.ts";
import type { Credential } from "./gate.ts";
import { lumosRoutes } from "./routes.ts";

export interface LumosOptions extends SimulatorOptions<LumosBehaviour> {
  /** "acme" when left out; the capabilities are also served without it. */
  readonly connectorId?: string;
  /** `{ token: { token: "secret" } }` when left out. */
  readonly credential?: Credential;
}

/**
 * Starts a simulated Lumos connector, as its SDK serves it: `list_updated_accounts`, `list_accounts`, `get_account`,
 * `get_data_recency`, `info`, `app_info`, `handle_client_credentials_request`.
 *
 * @throws Error See `startSimulator`.
 */
export function startLumos(options: LumosOptions = {}): Promise<SimulatedUpstream<LumosBehaviour>> {
  const { connectorId = "acme", credential = { token: { token: "secret" } }, seed = 1 } = options;
  const vendor: Vendor<LumosBehaviour> = {
    kind: "lumos",
    accounts: lumosAccounts(seed),
    changes: lumosBehaviour.partial(),
    defaults: lumosDefaults,
    serve: (app, world) => lumosRoutes(app, world, { connectorId, credential }),
    refusal: lumosRefusal,
    withoutItems,
    editItems,
    strange: ({ id, members }) => ({
      id,
      members: { ...members, user_status: "ENTANGLED", account_type: "chorus", aura: { hue: [7] } },
    }),
  };
  return startSimulator(vendor, options);
}
