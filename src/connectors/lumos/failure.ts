import type { CodeOf } from "../../core/errors.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../core/json.ts";

/** What a failure asks the caller to do. */
export type FailureKind =
  /** Wait, then the same again. */
  | "throttled"
  | "passing"
  /** Get a new access token, then the same again, once. */
  | "refreshable"
  | "unauthorized"
  | "forbidden"
  /** The connector has no such capability. */
  | "not-offered"
  | "not-found"
  /** The page token is bad or too old: begin with the first page. */
  | "page-token"
  /** Something in the request is wrong; which thing is not told. */
  | "request"
  | "unexpected";

/** A failure that waiting does not cure. */
export type RefusalKind = Exclude<FailureKind, "throttled" | "passing">;

/** The codes of both generations that say something by themselves. @see Lumos "ConnectorErrorCode", "ErrorCode" */
const kinds = new Map<JsonValue | undefined, FailureKind>([
  ["rate_limit", "throttled"],
  ["bad_gateway", "passing"],
  ["service_error", "passing"],
  ["budget_exhausted", "passing"],
  ["connection_timeout", "passing"],
  ["request_timeout", "passing"],
  ["connection_rejected", "passing"],
  ["connection_closed", "passing"],
  ["internal_error", "passing"],
  ["invalid_response", "passing"],
  ["conflict", "passing"],
  ["unauthorized", "refreshable"],
  ["unauthenticated", "refreshable"],
  ["authentication_expired", "refreshable"],
  ["creds_revoked", "unauthorized"],
  ["permission_denied", "forbidden"],
  ["not_implemented", "not-offered"],
  ["unsupported_operation", "not-offered"],
  ["not_found", "not-found"],
  ["invalid_page_token", "page-token"],
  ["bad_request", "request"],
  ["invalid_value", "request"],
  ["unknown_value", "request"],
  ["integration_missing_parameter", "request"],
]);

/** The code of the error that a refusal becomes where nobody knows a way around it. */
export const haltCodes: Record<RefusalKind, CodeOf<"halt">> = {
  refreshable: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
  unauthorized: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
  forbidden: "TIDEMARK_UPSTREAM_FORBIDDEN",
  "page-token": "TIDEMARK_UPSTREAM_REJECTED_REQUEST",
  request: "TIDEMARK_UPSTREAM_REJECTED_REQUEST",
  "not-offered": "TIDEMARK_UPSTREAM_UNEXPECTED",
  "not-found": "TIDEMARK_UPSTREAM_UNEXPECTED",
  unexpected: "TIDEMARK_UPSTREAM_UNEXPECTED",
};

/** What an error envelope's `error` asks for: its metadata where it has some, else its code, else the app's own status. */
export function kindOf(error: JsonObject): FailureKind {
  const listed = kinds.get(error["error_code"]) ?? kindOfStatus(error["status_code"]);
  const metadata = metadataOf(error);
  if (metadata["throttled"] === true) return "throttled";
  if (metadata["refreshable"] === true) return "refreshable";
  // The same request would meet the same page token: there is no use in believing that it can be retried.
  if (listed === "page-token") return listed;
  if (metadata["retryable"] === true) return listed === "throttled" ? listed : "passing";
  if (metadata["retryable"] === false && listed === "passing") return "unexpected";
  if (metadata["refreshable"] === false && listed === "refreshable") return "unauthorized";
  return listed;
}

/** For codes that say nothing (`api_error`, `unexpected_error`) or that nobody knows: these may pass. */
function kindOfStatus(status: JsonValue | undefined): FailureKind {
  if (status === 429) return "throttled";
  if (status === 401) return "refreshable";
  return status === 403 ? "forbidden" : "passing";
}

/**
 * How long to wait before the next call, in milliseconds, or null when nothing says so.
 * @param state What the connector last said about its limits: snapshots by name.
 * @param upstreamMs The upstream's clock.
 */
export function waitMsOf(error: JsonObject, state: JsonValue | undefined, upstreamMs: number): number | null {
  const asked = secondsAsMs(metadataOf(error)["retry_after_seconds"]);
  if (asked !== null) return asked;
  const waits = Object.values(isJsonObject(state) ? state : {}).flatMap((snapshot) => {
    if (!isJsonObject(snapshot)) return [];
    const resetMs = snapshot["remaining"] === 0 ? secondsAsMs(snapshot["reset"], upstreamMs) : null;
    return [resetMs, secondsAsMs(snapshot["current_delay"])].filter((ms) => ms !== null);
  });
  return waits.length === 0 ? null : Math.max(...waits);
}

const longestMs = 3_600_000;

/** Seconds (after an origin in milliseconds) as milliseconds from 0 to one hour; null for what is no wait. */
function secondsAsMs(seconds: JsonValue | undefined, originMs = 0): number | null {
  if (typeof seconds !== "number" || seconds * 1_000 <= originMs) return null;
  return Math.min(seconds * 1_000 - originMs, longestMs);
}

function metadataOf(error: JsonObject): JsonObject {
  const metadata = error["error_metadata"];
  return isJsonObject(metadata) ? metadata : {};
}
