import { randomUUID } from "node:crypto";
import type { Refusal } from "../vendor.ts";

const TEXTS: Readonly<Record<number, readonly [detailCode: string, text: string]>> = {
  400: [
    "400.1 Bad Request Content",
    "The request was syntactically correct but its content is semantically invalid.",
  ],
  403: ["403 Forbidden", "The server understood the request but refuses to authorize it."],
  404: ["404 Not found", "The server did not find a current representation for the target resource."],
};

/** How SailPoint refuses: 401 and 429 have shapes of their own. */
export function sailPointRefusal(status: number, text?: string): Refusal {
  if (status === 401)
    return { status, body: JSON.stringify({ error: text ?? "JWT validation failed: JWT is expired" }) };
  if (status === 429) return { status, body: JSON.stringify({ message: " Rate Limit Exceeded " }) };
  const [detailCode, usual] = TEXTS[status] ?? ["500.0 Internal Fault", "An internal fault occurred."];
  const message = { locale: "en-US", localeOrigin: "DEFAULT", text: text ?? usual };
  const trackingId = randomUUID().replaceAll("-", "");
  return { status, body: JSON.stringify({ detailCode, trackingId, messages: [message], causes: [] }) };
}

/** A request that SailPoint answers with 400. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}
