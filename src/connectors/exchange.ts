import type { Dispatcher } from "undici";
import { SourceHaltedError } from "../core/errors.ts";
import { followSignal } from "../core/follow-signal.ts";
import type { AskAgain, HttpRequest, HttpResponse, HttpVerdict } from "../ports/http.ts";
import { askedPauseMs } from "./asked-pause.ts";
import { receive } from "./receive.ts";
import { writtenAtMs } from "./written-at.ts";

/** What one exchange may take. */
export interface ExchangeLimits {
  headersTimeoutMs: number;
  /** Longest silence within a body. */
  bodyTimeoutMs: number;
  /** From the request to the last byte: ends bodies that only trickle. */
  wholeTimeoutMs: number;
  /** Of the decoded body. */
  maxBodyBytes: number;
}

/** What one request came to: an answer for the connector, or a failure that may pass. */
export type Attempt =
  | { outcome: "answered"; status: number; response: HttpResponse }
  | {
      outcome: "failed";
      status: number | null;
      /** One sentence without secrets. */
      what: string;
      /** True when the upstream asked to slow down. */
      isThrottled: boolean;
      retryAfterMs: number | null;
      /** As in an answer; none when there was no answer. */
      headers: Record<string, string>;
      cause?: unknown;
    };

interface Surroundings {
  agent: Dispatcher;
  limits: ExchangeLimits;
  signal: AbortSignal;
  redact: (text: string) => string;
  /** Wall clock, for a Retry-After date when the answer has no `Date`. */
  nowMs: number;
}

/**
 * One request and its whole answer, without retries.
 * @throws SourceHaltedError `TIDEMARK_UPSTREAM_UNEXPECTED` when the body is too large
 * @throws the signal's reason when it is aborted
 */
export async function exchange(request: HttpRequest, surroundings: Surroundings): Promise<Attempt> {
  const { agent, signal, limits, redact } = surroundings;
  signal.throwIfAborted();
  const { origin, pathname } = new URL(request.url);
  const what = redact(`${request.method ?? "GET"} ${origin}${pathname}`);
  const whole = new AbortController();
  const unfollow = followSignal(whole, signal);
  const timer = setTimeout(() => whole.abort(tooSlow()), limits.wholeTimeoutMs);
  try {
    const { status, headers, body } = await receive(agent, request, { ...limits, signal: whole.signal });
    const response = responseOf(status, flat(headers), body, what);
    const verdict = request.judge?.(response) ?? verdictOf(status);
    if (typeof verdict === "string") return judged(response, verdict, what, surroundings.nowMs);
    const again = judged(response, verdict.verdict, what, surroundings.nowMs);
    return again.outcome === "answered" ? again : { ...again, ...saidBy(response, verdict, redact) };
  } catch (error) {
    signal.throwIfAborted();
    if (isTooLarge(error)) {
      const sentence = `${what} answered more than ${limits.maxBodyBytes} bytes`;
      throw new SourceHaltedError("TIDEMARK_UPSTREAM_UNEXPECTED", sentence, { cause: error });
    }
    // A request that could not even be formed is a bug: trying again would hide it.
    if (codeOf(error) === "UND_ERR_INVALID_ARG") throw error;
    const reason = redact(error instanceof Error ? `${error.message} (${codeOf(error)})` : String(error));
    return {
      outcome: "failed",
      status: null,
      what: `${what} failed: ${reason}`,
      isThrottled: false,
      retryAfterMs: null,
      headers: {},
      cause: error,
    };
  } finally {
    clearTimeout(timer);
    unfollow();
  }
}

function tooSlow(): DOMException {
  return new DOMException("The whole answer took too long", "TimeoutError");
}

function judged(response: HttpResponse, verdict: HttpVerdict, what: string, nowMs: number): Attempt {
  const { status, headers, summary } = response;
  if (verdict === "answer") {
    if (status >= 200 && status < 300 && isCutShort(response)) {
      return {
        outcome: "failed",
        status,
        what: `${what} answered JSON that is cut short`,
        isThrottled: false,
        retryAfterMs: null,
        headers,
      };
    }
    return { outcome: "answered", status, response };
  }
  const isThrottled = verdict === "throttled";
  const delayMs =
    isThrottled || status === 503
      ? askedPauseMs(headers, { isThrottled, nowMs: writtenAtMs(headers, nowMs) })
      : null;
  return {
    outcome: "failed",
    status,
    what: summary,
    isThrottled: isThrottled || delayMs !== null,
    retryAfterMs: delayMs,
    headers,
  };
}

function saidBy({ summary }: HttpResponse, { afterMs, text }: AskAgain, redact: (text: string) => string) {
  return {
    what: `${summary}: ${redact(text)}`,
    ...(afterMs === null ? {} : { retryAfterMs: afterMs }),
  };
}

function verdictOf(status: number): HttpVerdict {
  if (status === 429) return "throttled";
  // 408 is the server's word for a connection that died: as little the request's fault as a reset.
  return status === 408 || (status >= 500 && status !== 501) ? "retry" : "answer";
}

/** True for a body that starts as JSON and does not parse: a proxy can end a broken body as if it were whole. */
function isCutShort(response: HttpResponse): boolean {
  if (!/^\s*[[{]/.test(response.body)) return false;
  try {
    response.json();
    return false;
  } catch {
    return true;
  }
}

function responseOf(
  status: number,
  headers: Record<string, string>,
  body: string,
  what: string,
): HttpResponse {
  const requestId = requestIdHeaders.map((name) => headers[name]).find((id) => id !== undefined);
  const summary = `${what} answered ${status}${requestId === undefined ? "" : ` (request ${requestId})`}`;
  let parsed: { value: unknown } | null = null;
  return {
    status,
    headers,
    body,
    summary,
    json() {
      try {
        parsed ??= { value: JSON.parse(body) };
        return parsed.value;
      } catch (error) {
        // The parser's message quotes the body: it stays in the cause's class, not in ours.
        const kind =
          body === ""
            ? "an empty body"
            : `a body that is not JSON (${headers["content-type"] ?? "no content type"})`;
        throw new SourceHaltedError("TIDEMARK_UPSTREAM_UNEXPECTED", `${summary} with ${kind}`, {
          cause: nameOf(error),
        });
      }
    },
  };
}

const requestIdHeaders = [
  "x-request-id",
  "x-bamboohr-request-id",
  "request-id",
  "slpt-request-id",
  "x-correlation-id",
];

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
}

function isTooLarge(error: unknown): boolean {
  const code = codeOf(error);
  return code === "UND_ERR_RES_EXCEEDED_MAX_SIZE" || code === "ERR_BUFFER_TOO_LARGE";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : nameOf(error);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
