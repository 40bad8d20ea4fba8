import { type CodeOf, RetryableError, SourceHaltedError } from "../../core/errors.ts";
import { type JsonObject, isJsonObject } from "../../core/json.ts";
import type { Http, HttpResponse, HttpVerdict } from "../../ports/http.ts";
import { refusal } from "../../sdk/refusal.ts";

/** Setting up or checking an integration takes Kombo hours: asking every second would bring nothing. */
const notReadyPauseMs = 15 * 60_000;

type Meaning = "retry" | "throttled" | "not-ready" | CodeOf<"halt">;

/** What Kombo's codes mean; they count before the status. @see Kombo "Error handling" */
const meanings: Readonly<Record<string, Meaning>> = {
  "PLATFORM.RATE_LIMIT_EXCEEDED": "throttled",
  "PLATFORM.CONCURRENCY_LIMIT_EXCEEDED": "throttled",
  "REMOTE.RATE_LIMIT_EXCEEDED": "throttled",
  "PLATFORM.UNKNOWN_ERROR": "retry",
  "PLATFORM.TASK_TIMED_OUT": "retry",
  "REMOTE.SERVICE_UNAVAILABLE": "retry",
  "REMOTE.UNKNOWN_HTTP_ERROR": "retry",
  // 409 since May 2026, 503 before.
  "INTEGRATION.SETUP_INCOMPLETE": "not-ready",
  "INTEGRATION.SETUP_SYNC_PENDING": "not-ready",
  "INTEGRATION.QA_FAILED": "not-ready",
  "PLATFORM.AUTHENTICATION_INVALID": "TIDEMARK_UPSTREAM_UNAUTHORIZED",
  "INTEGRATION.AUTHENTICATION_INVALID": "TIDEMARK_UPSTREAM_UNAUTHORIZED",
  "PLATFORM.IP_NOT_WHITELISTED": "TIDEMARK_UPSTREAM_FORBIDDEN",
  "INTEGRATION.PERMISSION_MISSING": "TIDEMARK_UPSTREAM_FORBIDDEN",
  "INTEGRATION.INACTIVE": "TIDEMARK_UPSTREAM_FORBIDDEN",
  "INTEGRATION.MODEL_NOT_AVAILABLE": "TIDEMARK_UPSTREAM_FORBIDDEN",
  "INTEGRATION.MODEL_DISABLED": "TIDEMARK_UPSTREAM_FORBIDDEN",
  "PLATFORM.INTEGRATION_NOT_FOUND": "TIDEMARK_UPSTREAM_REJECTED_REQUEST",
  "PLATFORM.INPUT_INVALID": "TIDEMARK_UPSTREAM_REJECTED_REQUEST",
  "REMOTE.INPUT_INVALID": "TIDEMARK_UPSTREAM_REJECTED_REQUEST",
};

/** The error of Kombo's own envelope, or null: load balancers answer with HTML, text or nothing. */
export function komboError(response: HttpResponse): JsonObject | null {
  if (!response.body.startsWith("{")) return null;
  try {
    const body = response.json();
    if (!isJsonObject(body) || body["status"] !== "error") return null;
    return isJsonObject(body["error"]) ? body["error"] : {};
  } catch {
    return null;
  }
}

/** Whether an answer must be asked for again, by its code; null where the code is unknown or there is none. */
export function judge(response: HttpResponse): HttpVerdict | null {
  const meaning = meaningOf(komboError(response));
  if (meaning === null) return null;
  return meaning === "retry" || meaning === "throttled" ? meaning : "answer";
}

/** True when Kombo itself, not a gateway, says that what was asked for by its id does not exist. */
export function isUnknownId(response: HttpResponse): boolean {
  if (response.status !== 404) return false;
  const error = komboError(response);
  const meaning = meaningOf(error);
  return error !== null && (meaning === null || error["code"] === "PLATFORM.INPUT_INVALID");
}

/** The error for an answer that is not what was asked for. */
export function komboRefusal(http: Http, response: HttpResponse): RetryableError | SourceHaltedError {
  const error = komboError(response);
  const meaning = meaningOf(error);
  const words = [error?.["code"], error?.["message"]].filter((word) => typeof word === "string");
  const text = words.length === 0 ? "no explanation" : words.join(": ");
  // What must be asked for again does not come here.
  if (meaning === null || meaning === "retry" || meaning === "throttled")
    return refusal(http, response, text);
  const what = `${response.summary}: ${http.redact(text)}`;
  if (meaning !== "not-ready") return new SourceHaltedError(meaning, what);
  return new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", what, { retryAfterMs: notReadyPauseMs });
}

function meaningOf(error: JsonObject | null): Meaning | null {
  const code = error?.["code"];
  return typeof code === "string" && Object.hasOwn(meanings, code) ? (meanings[code] ?? null) : null;
}
