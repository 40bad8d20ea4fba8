import { startSimulator } from "../simulator.ts";
import type { SimulatedUpstream, SimulatorOptions } from "../simulator.ts";
import type { Item, Vendor } from "../vendor.ts";
import { komboBehaviour, komboDefaults } from "./behaviour.ts";
import type { KomboBehaviour } from "./behaviour.ts";
import { komboRefusal } from "./refusal.ts";
import { komboRoutes } from "./routes.ts";
import { komboUsers } from "./user-kind.ts";

export interface KomboOptions extends SimulatorOptions<KomboBehaviour> {
  /** "key" when left out. */
  readonly apiKey?: string;
  /** "workday:acme" when left out. */
  readonly integrationId?: string;
}

/**
 * Starts a simulated Kombo integration: `GET /v1/ats/users`.
 *
 * @throws Error See `startSimulator`.
 */
export function startKombo(options: KomboOptions = {}): Promise<SimulatedUpstream<KomboBehaviour>> {
  const { apiKey = "key", integrationId = "workday:acme", seed = 1 } = options;
  const vendor: Vendor<KomboBehaviour> = {
    kind: "kombo",
    accounts: komboUsers(seed),
    changes: komboBehaviour.partial(),
    defaults: komboDefaults,
    serve: (app, world) => komboRoutes(app, world, { apiKey, integrationId }),
    refusal: komboRefusal,
    withoutItems: () => ({ status: "success", data: { next: null, results: [] } }),
    editItems,
    strange: ({ id, members }) => ({
      id,
      members: { ...members, status: "SABBATICAL", clearance: { level: [7] } },
    }),
  };
  return startSimulator(vendor, options);
}

interface Answer {
  readonly data: { readonly results: readonly Item["members"][] };
}

export function editItems(answer: unknown, edit: (item: Item, index: number) => Item): unknown {
  const { data, ...rest } = answer as Answer;
  const results = data.results.map(({ id, ...members }, index) => {
    const edited = edit({ id: typeof id === "string" ? id : undefined, members }, index);
    return { id: edited.id, ...edited.members };
  });
  return { ...rest, data: { ...data, results } };
}
