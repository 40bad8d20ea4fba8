import { startSimulator } from "../simulator.ts";
import type { SimulatedUpstream, SimulatorOptions } from "../simulator.ts";
import type { Item, Vendor } from "../vendor.ts";
import { sailPointAccounts } from "./account-kind.ts";
import { sailPointBehaviour, sailPointDefaults } from "./behaviour.ts";
import type { SailPointBehaviour } from "./behaviour.ts";
import { sailPointRefusal } from "./refusal.ts";
import { sailPointRoutes } from "./routes.ts";

export interface SailPointOptions extends SimulatorOptions<SailPointBehaviour> {
  /** "client" when left out. */
  readonly clientId?: string;
  /** "secret" when left out. */
  readonly clientSecret?: string;
  /** False: `modified` is left out until an account first changes. Fixed at start; true when left out. */
  readonly stampsNew?: boolean;
}

/**
 * Starts a simulated SailPoint tenant: `POST /oauth/token`, `GET /v3/accounts`, `GET /v3/accounts/:id`, `GET /v3/sources`.
 *
 * @throws Error See `startSimulator`.
 */
export function startSailPoint(
  options: SailPointOptions = {},
): Promise<SimulatedUpstream<SailPointBehaviour>> {
  const { clientId = "client", clientSecret = "secret", stampsNew = true, seed = 1 } = options;
  const vendor: Vendor<SailPointBehaviour> = {
    kind: "sailpoint",
    accounts: sailPointAccounts(seed, stampsNew),
    changes: sailPointBehaviour.partial(),
    defaults: sailPointDefaults,
    serve: (app, world) => sailPointRoutes(app, world, { clientId, clientSecret, stampsNew }),
    refusal: sailPointRefusal,
    withoutItems: () => [],
    editItems,
    strange: ({ id, members }) => ({
      id,
      members: {
        ...members,
        origin: "TELEPATHY",
        identityState: "QUANTUM",
        entanglement: { with: [id], since: 1.5 },
      },
    }),
  };
  return startSimulator(vendor, options);
}

/** Every answer about accounts is one account or a bare array of them. */
export function editItems(answer: unknown, edit: (item: Item, index: number) => Item): unknown {
  if (!Array.isArray(answer)) return editAccount(answer as Item["members"], edit, 0);
  return (answer as Item["members"][]).map((account, index) => editAccount(account, edit, index));
}

function editAccount(
  { id, ...members }: Item["members"],
  edit: (item: Item, index: number) => Item,
  index: number,
): unknown {
  const edited = edit({ id: typeof id === "string" ? id : undefined, members }, index);
  return { id: edited.id, ...edited.members };
}
