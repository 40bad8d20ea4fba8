import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { slidingRateLimit } from "../rate-limit.ts";
import type { World } from "../vendor.ts";
import type { TimeFormat } from "./account-kind.ts";
import { answers, complaint } from "./answer.ts";
import type { RestBehaviour } from "./behaviour.ts";
import { listAccounts, shownAccount } from "./list.ts";
import { wantedBy } from "./query.ts";
import { Refused, restRefusal } from "./refusal.ts";

/** @param admits Whether a request may be answered. */
export function restRoutes(
  app: FastifyInstance,
  world: World<RestBehaviour>,
  { time, admits }: { time: TimeFormat; admits: (request: FastifyRequest) => boolean },
): void {
  const { clock, truth, behaviour } = world;
  const rateLimit = slidingRateLimit(clock.now);

  app.setErrorHandler((error, _request, reply) => {
    const status = error instanceof Refused ? error.status : 500;
    const { body } = restRefusal(status, error instanceof Error ? error.message : String(error));
    return reply.code(status).type("application/json").send(body);
  });

  function check(request: FastifyRequest, reply: FastifyReply): void {
    if (!admits(request)) throw new Refused(401, `refused: ${JSON.stringify(request.headers)}`);
    const waitSeconds = rateLimit.secondsToWait("", behaviour.rateLimit);
    if (waitSeconds === undefined) return;
    reply.header("retry-after", String(waitSeconds));
    throw new Refused(429);
  }

  app.all("/api/:style/users", (request, reply) => {
    check(request, reply);
    if (behaviour.complains !== null) return send(reply, complaint(behaviour.complains));
    const wanted = wantedBy(request);
    const page = listAccounts(world, wanted, time);
    const url = new URL(`http://${request.headers.host ?? ""}${request.url}`);
    if (page.next !== null) url.searchParams.set("after", page.next);
    const address = page.next === null ? null : (behaviour.luresTo ?? url.href);
    if (wanted.style === "linkHeader" && address !== null)
      void reply.header("link", `<${url.pathname}>; rel="first", <${address}>; rel="next"`);
    const more = behaviour.tellsMore ? { more: page.more } : {};
    return send(reply, answers[wanted.style](page, more, address));
  });

  app.get("/api/users/:id", (request, reply) => {
    check(request, reply);
    const version = truth.latest((request.params as { id: string }).id);
    if (version === undefined || version.json === null) throw new Refused(404);
    return send(reply, { user: shownAccount(version, time) });
  });
}

function send(reply: FastifyReply, answer: unknown): FastifyReply {
  return reply.header("content-type", "application/json").send(JSON.stringify(answer));
}
