import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { slidingRateLimit } from "../rate-limit.ts";
import type { World } from "../vendor.ts";
import type { SailPointBehaviour } from "./behaviour.ts";
import { accountFields, recordOf } from "./fields.ts";
import { selectAccounts } from "./list.ts";
import { collectionQuery } from "./query.ts";
import { BadRequest, sailPointRefusal } from "./refusal.ts";
import { sourcesOf } from "./sources.ts";
import { grantOf, signedTokens } from "./token.ts";
import type { Client } from "./token.ts";

/** What SLIM keeps: neither `attributes` nor anything nested. */
const SLIM =
  "id,name,created,modified,sourceId,sourceName,identityId,nativeIdentity,uuid,description,disabled,locked,manuallyCorrelated,hasEntitlements".split(
    ",",
  );
const SHORT_BY = 4;
const OVERRUN = { detailMessage: "Specified offset is invalid.", stackTrace: [], suppressedExceptions: [] };

export interface Tenant extends Client {
  /** See `sailPointAccounts`. */
  readonly stampsNew: boolean;
}

export function sailPointRoutes(
  app: FastifyInstance,
  world: World<SailPointBehaviour>,
  tenant: Tenant,
): void {
  const { clock, truth, visible, behaviour, seed } = world;
  const tokens = signedTokens(tenant, clock);
  const rateLimit = slidingRateLimit(clock.now);
  const fieldsOf = {
    current: accountFields("current", tenant.stampsNew),
    seed: accountFields("seed", tenant.stampsNew),
  };
  let listed = 0;

  app.setErrorHandler((error, _request, reply) => {
    return refuse(
      reply,
      error instanceof BadRequest ? 400 : 500,
      error instanceof Error ? error.message : String(error),
    );
  });

  app.post("/oauth/token", async (request, reply) => {
    const grant = await grantOf(request);
    if (grant.get("grant_type") !== "client_credentials")
      return reply.code(400).send({ error: "unsupported_grant_type" });
    if (grant.get("client_id") !== tenant.clientId || grant.get("client_secret") !== tenant.clientSecret) {
      return reply.code(401).send({ error: "invalid_client", error_description: "Bad client credentials" });
    }
    const seconds = behaviour.tokenSeconds;
    const scope = "idn:accounts:read idn:sources:read";
    return {
      access_token: tokens.issue(seconds),
      token_type: "bearer",
      expires_in: seconds,
      scope,
      org: "acme",
      pod: "sim01",
    };
  });

  const guard = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (behaviour.deprecated) reply.header("x-deprecated", "true");
    const fault = tokens.fault(request.headers.authorization);
    if (fault !== undefined) return refuse(reply, 401, fault);
    const seconds = rateLimit.secondsToWait(tenant.clientId, behaviour.rateLimit);
    if (seconds !== undefined) return refuse(reply.header("retry-after", String(seconds)), 429);
  };

  app.get("/v3/accounts", { preHandler: guard }, (request, reply) => {
    const fields = fieldsOf[behaviour.contract];
    const query = collectionQuery(request.query, fields);
    const isSlim = detailLevelOf(request) === "SLIM";
    const selection = selectAccounts(visible, fields, query.conditions, query.sorters);
    if (query.wantsCount) reply.header("x-total-count", String(selection.total));
    if (query.offset > 0 && query.offset >= selection.total && behaviour.offsetOverrun === "error") {
      return reply.code(400).send(OVERRUN);
    }
    listed += 1;
    const isMiddle = query.offset + query.limit < selection.total;
    const isShort = behaviour.shortPageEvery > 0 && listed % behaviour.shortPageEvery === 0 && isMiddle;
    const page = selection.page(query.offset, isShort ? Math.max(1, query.limit - SHORT_BY) : query.limit);
    const items = Array.from(page, (version) =>
      isSlim ? JSON.stringify(slim(recordOf(version))) : version.json,
    );
    return json(reply, `[${items.join(",")}]`);
  });

  app.get<{ Params: { id: string } }>("/v3/accounts/:id", { preHandler: guard }, async (request, reply) => {
    const account = truth.latest(request.params.id)?.json ?? null;
    if (account === null) return refuse(reply, 404);
    return json(reply, account);
  });

  app.get("/v3/sources", { preHandler: guard }, async (request, reply) => {
    if (behaviour.forbidsSources) return refuse(reply, 403);
    const { limit, offset, wantsCount } = collectionQuery(request.query, new Map());
    const sources = sourcesOf(seed);
    if (wantsCount) reply.header("x-total-count", String(sources.length));
    return sources.slice(offset, offset + limit);
  });
}

async function refuse(reply: FastifyReply, status: number, text?: string): Promise<void> {
  await json(reply.code(status), sailPointRefusal(status, text).body);
}

function json(reply: FastifyReply, body: string): FastifyReply {
  return reply.header("content-type", "application/json").send(body);
}

function detailLevelOf(request: FastifyRequest): string {
  const { detailLevel = "FULL" } = request.query as { detailLevel?: string };
  if (detailLevel !== "FULL" && detailLevel !== "SLIM")
    throw new BadRequest(`detailLevel "${detailLevel}" is invalid.`);
  return detailLevel;
}

function slim(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(SLIM.filter((name) => name in record).map((name) => [name, record[name]]));
}
