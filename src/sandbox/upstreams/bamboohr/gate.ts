import type { FastifyRequest } from "fastify";
import { slidingRateLimit } from "../rate-limit.ts";
import type { World } from "../vendor.ts";
import type { BambooHrBehaviour } from "./behaviour.ts";
import type { OAuthApp, OAuthServer } from "./oauth.ts";

export interface Company {
  readonly company: string;
  readonly apiKey: string;
  readonly app: OAuthApp;
}

/** Why a request may not pass. */
export interface Rejection {
  readonly status: number;
  readonly reason?: string;
  /** After how many seconds a throttled request may come again. */
  readonly waitSeconds?: number;
}

/** Lets requests with the right key or a valid token pass; too many with a wrong key lock everybody out for a while. */
export function companyGate(
  { clock, behaviour }: World<BambooHrBehaviour>,
  { apiKey }: Company,
  oauth: OAuthServer,
): (request: FastifyRequest) => Rejection | undefined {
  const rateLimit = slidingRateLimit(clock.now);
  let wrongKeys = 0;
  let lockedUntilMs = 0;

  return (request) => {
    if (clock.now() < lockedUntilMs)
      return { status: 403, reason: "Too many requests with an unknown API key" };
    const { authorization } = request.headers;
    const token = /^Bearer (?<token>\S+)$/iu.exec(authorization ?? "")?.groups?.["token"];
    if (token !== undefined) {
      if (!oauth.accepts(token)) return { status: 401, reason: "The access token is invalid or has expired" };
    } else if (keyOf(authorization) !== apiKey) {
      wrongKeys += 1;
      if (wrongKeys >= behaviour.lockoutAfter) {
        wrongKeys = 0;
        lockedUntilMs = clock.now() + behaviour.lockoutMs;
      }
      return { status: 401 };
    }
    const waitSeconds = rateLimit.secondsToWait(apiKey, behaviour.rateLimit);
    return waitSeconds === undefined ? undefined : { status: behaviour.throttleStatus, waitSeconds };
  };
}

/** The user of HTTP Basic; the password may be anything. */
function keyOf(authorization: string | undefined): string | undefined {
  const encoded = /^Basic (?<encoded>\S+)$/iu.exec(authorization ?? "")?.groups?.["encoded"];
  if (encoded === undefined) return undefined;
  return Buffer.from(encoded, "base64").toString("utf8").split(":", 1)[0];
}
