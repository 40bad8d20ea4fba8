import type { FastifyInstance } from "fastify";
import { slidingRateLimit } from "../rate-limit.ts";
import type { World } from "../vendor.ts";
import type { CenturyBehaviour } from "./behaviour.ts";
import { listUsers } from "./list.ts";
import { parseUserQuery } from "./query.ts";
import { Refused, centuryRefusal } from "./refusal.ts";

export function centuryRoutes(app: FastifyInstance, world: World<CenturyBehaviour>, apiKey: string): void {
  const { clock, visible, behaviour } = world;
  const rateLimit = slidingRateLimit(clock.now);

  app.setErrorHandler((error, _request, reply) => {
    const status = error instanceof Refused ? error.status : 500;
    const { body } = centuryRefusal(status, error instanceof Error ? error.message : String(error));
    return reply.code(status).type("application/json").send(body);
  });

  app.get("/api/v1/users", (request, reply) => {
    if (request.headers["x-api-key"] !== apiKey) throw new Refused(401);
    if (rateLimit.secondsToWait(apiKey, behaviour.rateLimit) !== undefined) throw new Refused(429);
    const page = listUsers(visible, behaviour, parseUserQuery(request.query));
    return reply.header("content-type", "application/json").send(JSON.stringify(page));
  });
}
