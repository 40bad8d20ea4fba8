import { createHmac, randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { SimulatedClock } from "../clock.ts";

export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Access tokens that need no memory, so that they survive a restart of the tenant. */
export interface Tokens {
  issue(seconds: number): string;
  /** @returns Why the token is refused; undefined when it is good. */
  fault(authorization: string | undefined): string | undefined;
}

export function signedTokens({ clientId, clientSecret }: Client, clock: SimulatedClock): Tokens {
  const sign = (text: string): string => createHmac("sha256", clientSecret).update(text).digest("base64url");
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = encode({ alg: "HS256", typ: "JWT" });

  function fault(authorization: string | undefined): string | undefined {
    const token = /^Bearer (?<token>\S+)$/iu.exec(authorization ?? "")?.groups?.["token"];
    if (token === undefined) return "JWT is required";
    const [, payload = "", signature] = token.split(".");
    if (signature !== sign(`${header}.${payload}`)) return "JWT validation failed: JWT signature is invalid";
    const { exp } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { exp: number };
    return exp * 1000 <= clock.now() ? "JWT validation failed: JWT is expired" : undefined;
  }

  return {
    issue(seconds) {
      const claims = { client_id: clientId, exp: clock.now() / 1000 + seconds, jti: randomUUID() };
      const payload = encode(claims);
      return `${header}.${payload}.${sign(`${header}.${payload}`)}`;
    },
    fault,
  };
}

const FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/iu;

/** The grant's fields: from the query, a form or form data, as SailPoint takes them. */
export async function grantOf(request: FastifyRequest): Promise<ReadonlyMap<string, string>> {
  const fields = new Map(Object.entries(request.query as Record<string, string>));
  const body = typeof request.body === "string" ? request.body : "";
  const type = request.headers["content-type"] ?? "";
  if (!FORM.test(type)) return fields;
  const form = await new Response(body, { headers: { "content-type": type } }).formData();
  for (const [name, value] of form) if (typeof value === "string") fields.set(name, value);
  return fields;
}
