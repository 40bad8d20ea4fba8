import type { FastifyInstance, FastifyRequest } from "fastify";
import { startSimulator } from "../simulator.ts";
import type { SimulatedUpstream, SimulatorOptions } from "../simulator.ts";
import type { Vendor } from "../vendor.ts";
import { type TimeFormat, restAccounts } from "./account-kind.ts";
import { editItems, withoutItems } from "./answer.ts";
import { type RestBehaviour, restBehaviour, restDefaults } from "./behaviour.ts";
import { restRefusal } from "./refusal.ts";
import { restRoutes } from "./routes.ts";

export interface RestOptions extends SimulatorOptions<RestBehaviour> {
  /** "iso" when left out. */
  readonly time?: TimeFormat;
  /** Whether a request may be answered; those with the bearer token "secret" when left out. */
  readonly admits?: (request: FastifyRequest) => boolean;
  /** What else it serves, such as a token address. */
  readonly more?: (app: FastifyInstance) => void;
}

const hasToken = ({ headers }: FastifyRequest): boolean => headers.authorization === "Bearer secret";

/**
 * Starts a service that nobody has written a connector for: its list in every style of paging, under `/api/<style>/users`,
 * and `GET /api/users/:id`.
 *
 * @throws Error See `startSimulator`.
 */
export function startRest(options: RestOptions = {}): Promise<SimulatedUpstream<RestBehaviour>> {
  const { time = "iso", admits = hasToken, more, seed = 1 } = options;
  const vendor: Vendor<RestBehaviour> = {
    kind: "rest",
    accounts: restAccounts(seed, time),
    changes: restBehaviour.partial(),
    defaults: restDefaults,
    serve(app, world) {
      more?.(app);
      restRoutes(app, world, { time, admits });
    },
    refusal: restRefusal,
    withoutItems,
    editItems,
    strange: ({ id, members }) => ({ id, members: { ...members, active: "perhaps", rank: { level: [7] } } }),
  };
  return startSimulator(vendor, options);
}
