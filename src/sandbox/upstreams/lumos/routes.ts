import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { slidingRateLimit } from "../rate-limit.ts";
import type { World } from "../vendor.ts";
import type { LumosBehaviour } from "./behaviour.ts";
import { type Served, lumosCapabilities } from "./capabilities.ts";
import { type Call, Failed, NotServed, callSchema, errorBody, lumosRefusal } from "./envelope.ts";
import { type Credential, lumosGate } from "./gate.ts";

export interface LumosHost {
  readonly connectorId: string;
  readonly credential: Credential;
}

/** Every capability, under the connector's id, under `/connectors` and its id, and alone. */
export function lumosRoutes(app: FastifyInstance, world: World<LumosBehaviour>, host: LumosHost): void {
  const { clock, behaviour } = world;
  const gate = lumosGate(host.credential, clock, behaviour);
  const rateLimit = slidingRateLimit(clock.now);
  const capabilities = lumosCapabilities(world);
  let served = 0;

  function serve(name: string, call: Call): Served {
    const failure = behaviour.failing[name];
    if (failure !== undefined) {
      const { error_code: code, message, ...members } = failure;
      throw new Failed(textOf(code), textOf(message), members);
    }
    if (name === "handle_client_credentials_request") return { response: gate.grant(call) };
    const capability = Object.hasOwn(capabilities, name) ? capabilities[name] : undefined;
    if (capability === undefined) throw new NotServed();
    if (behaviour.missing.includes(name)) {
      if (behaviour.missingAs === "404") throw new NotServed();
      throw new Failed(behaviour.missingAs, `${name} is not supported`);
    }
    gate.check(call);
    const seconds = rateLimit.secondsToWait(host.connectorId, behaviour.rateLimit);
    if (seconds !== undefined) {
      throw new Failed("rate_limit", "Too many requests", { status_code: 429, retry_after_seconds: seconds });
    }
    return capability(call);
  }

  for (const prefix of [`/${host.connectorId}`, `/connectors/${host.connectorId}`, ""]) {
    app.post<{ Params: { capability: string } }>(`${prefix}/:capability`, (request, reply) => {
      try {
        const call = parsed(request.body);
        const { response, nextToken } = serve(request.params.capability, call);
        served += 1;
        const page = nextToken === undefined || nextToken === null ? lastPage(call) : { token: nextToken };
        const limits = behaviour.tellsLimits ? limitsAfter(served) : null;
        return json(reply, { response, raw_data: null, page, rate_limit: limits });
      } catch (error) {
        if (error instanceof NotServed) return send(reply, lumosRefusal(404).body, 404);
        if (error instanceof Failed) return send(reply, errorBody(error, behaviour.errorMetadata));
        throw error;
      }
    });
  }

  function lastPage({ page }: Call): unknown {
    if (behaviour.pageEnd === "absent") return undefined;
    if (behaviour.pageEnd === "null") return null;
    return behaviour.pageEnd === "empty" ? {} : { size: page?.size ?? 100 };
  }

  function json(reply: FastifyReply, envelope: unknown): FastifyReply {
    const isShown = (value: unknown) => behaviour.nulls === "sent" || value !== null;
    return send(
      reply,
      JSON.stringify(envelope, (_name, value: unknown) => (isShown(value) ? value : undefined)),
    );
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** An adaptive limiter's state: what must come back with the next call. */
function limitsAfter(served: number): unknown {
  return {
    current_state: { app: { remaining: 1_000 - served, limit: 1_000, current_delay: 0, source: null } },
  };
}

/** @throws Failed `bad_request` with an echo of the request */
function parsed(body: unknown): Call {
  try {
    return callSchema.parse(JSON.parse(typeof body === "string" ? body : ""));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : "malformed JSON";
    throw new Failed("bad_request", `${why}, input_value=${String(body)}`);
  }
}

function send(reply: FastifyReply, body: string, status = 200): FastifyReply {
  return reply.code(status).header("content-type", "application/json").send(body);
}
