import { startSimulator } from "../simulator.ts";
import type { SimulatedUpstream, SimulatorOptions } from "../simulator.ts";
import type { Item, Vendor } from "../vendor.ts";
import { centuryBehaviour, centuryDefaults } from "./behaviour.ts";
import type { CenturyBehaviour } from "./behaviour.ts";
import { centuryRefusal } from "./refusal.ts";
import { centuryRoutes } from "./routes.ts";
import { centuryUsers } from "./user-kind.ts";

export interface CenturyOptions extends SimulatorOptions<CenturyBehaviour> {
  /** "key" when left out. */
  readonly apiKey?: string;
}

/**
 * Starts a simulated CENTURY organisation: `GET /api/v1/users`.
 *
 * @throws Error See `startSimulator`.
 */
export function startCentury(options: CenturyOptions = {}): Promise<SimulatedUpstream<CenturyBehaviour>> {
  const { apiKey = "key", seed = 1 } = options;
  const vendor: Vendor<CenturyBehaviour> = {
    kind: "century",
    accounts: centuryUsers(seed),
    changes: centuryBehaviour.partial(),
    defaults: centuryDefaults,
    serve: (app, world) => centuryRoutes(app, world, apiKey),
    refusal: centuryRefusal,
    withoutItems: () => ({
      data: [],
      pagination: { total: 0, limit: 100, offset: 0, nextCursor: null, previousCursor: null },
    }),
    editItems,
    strange: ({ id, members }) => ({
      id,
      members: { ...members, roles: ["wizard"], house: { name: "Owls", points: [7] } },
    }),
  };
  return startSimulator(vendor, options);
}

interface Answer {
  readonly data: readonly Item["members"][];
}

export function editItems(answer: unknown, edit: (item: Item, index: number) => Item): unknown {
  const { data, ...rest } = answer as Answer;
  const users = data.map(({ userId, ...members }, index) => {
    const edited = edit({ id: typeof userId === "string" ? userId : undefined, members }, index);
    return { userId: edited.id, ...edited.members };
  });
  return { data: users, ...rest };
}
