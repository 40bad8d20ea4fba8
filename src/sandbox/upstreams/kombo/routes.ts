import type { FastifyInstance, FastifyRequest } from "fastify";
import { slidingRateLimit } from "../rate-limit.ts";
import type { Version } from "../truth.ts";
import type { World } from "../vendor.ts";
import type { KomboBehaviour } from "./behaviour.ts";
import { cursorAfter, idOfCursor, parseUserQuery } from "./query.ts";
import type { UserQuery } from "./query.ts";
import { Refused, komboRefusal } from "./refusal.ts";
import { servedUser, touchedAtMs } from "./served.ts";

export interface Integration {
  readonly apiKey: string;
  readonly integrationId: string;
}

export function komboRoutes(
  app: FastifyInstance,
  world: World<KomboBehaviour>,
  integration: Integration,
): void {
  const { clock, truth, visible, behaviour } = world;
  const rateLimit = slidingRateLimit(clock.now);

  app.setErrorHandler((error, _request, reply) => {
    const refusal =
      error instanceof Refused
        ? komboRefusal(error.status, error)
        : komboRefusal(500, { code: "PLATFORM.UNKNOWN_ERROR", message: String(error) });
    return reply
      .code(refusal.status)
      .headers(refusal.headers ?? {})
      .send(refusal.body);
  });

  function admit(request: FastifyRequest): void {
    const { refuses } = behaviour;
    if (request.headers.authorization !== `Bearer ${integration.apiKey}`)
      throw new Refused(401, "The API key is invalid.");
    const id = request.headers["x-integration-id"];
    if (id === undefined) throw new Refused(400, "The header X-Integration-Id is missing.");
    if (id !== integration.integrationId)
      throw new Refused(404, "The integration does not exist.", "PLATFORM.INTEGRATION_NOT_FOUND");
    const resetSeconds = rateLimit.secondsToWait(integration.apiKey, behaviour.rateLimit);
    if (resetSeconds !== undefined) throw new Refused(429, "Too many requests.", undefined, resetSeconds);
    if (refuses !== null) throw new Refused(refuses.status, "Refused as told.", refuses.code);
  }

  function isShown(version: Version, query: UserQuery): boolean {
    if (version.json === null && (behaviour.forgetsDeleted || query.include_deleted !== "true")) return false;
    const bound = query.updated_after;
    if (bound === undefined) return true;
    const touchedMs = touchedAtMs(version, behaviour, clock.now());
    return behaviour.updatedAfterIncludes ? touchedMs >= bound : touchedMs > bound;
  }

  /** Users by id from a cursor on: an order as good as any, since the vendor documents none. */
  function* selected(query: UserQuery): Generator<Version> {
    const after = query.cursor === undefined ? "" : idOfCursor(query.cursor, clock.now(), behaviour.cursorMs);
    const byId = visible.index("id", byIdOrder, () => true);
    const asked = query.ids?.map((id) => visible.of(id)).filter((version) => version !== undefined);
    const candidates =
      asked?.sort(byIdOrder).filter(({ id }) => id > after) ??
      byId.between(
        byId.firstWhere(({ id }) => id > after),
        byId.size,
      );
    for (const version of candidates) if (isShown(version, query)) yield version;
  }

  function hasFields(user: Record<string, unknown>, query: UserQuery): boolean {
    const email = String(user["email"]).toLowerCase();
    return (
      (query.remote_ids?.includes(String(user["remote_id"])) ?? true) &&
      (query.emails?.some((wanted) => wanted.toLowerCase() === email) ?? true)
    );
  }

  app.get("/v1/ats/users", (request, reply) => {
    admit(request);
    const query = parseUserQuery(request.query);
    const isMissing = (id: string) =>
      (truth.latest(id)?.json ?? null) === null &&
      (behaviour.forgetsDeleted || truth.latest(id) === undefined);
    if (behaviour.unknownIds === "404" && query.ids?.some(isMissing) === true)
      throw new Refused(404, "Some of the ids do not exist.", null);
    const results: Record<string, unknown>[] = [];
    let next: string | null = null;
    for (const version of selected(query)) {
      const user = servedUser(version, { truth, behaviour, nowMs: clock.now() });
      if (!hasFields(user, query)) continue;
      if (results.length === query.page_size) {
        next = cursorAfter(String(results.at(-1)?.["id"]), clock.now());
        break;
      }
      results.push(user);
    }
    const limits =
      behaviour.rateLimit === null ? {} : { "ratelimit-limit": String(behaviour.rateLimit.requests) };
    return reply
      .headers({ "content-type": "application/json", ...limits })
      .send(JSON.stringify({ status: "success", data: { next, results } }));
  });
}

function byIdOrder(a: Version, b: Version): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
