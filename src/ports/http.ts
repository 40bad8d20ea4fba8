import type { Grants } from "./grants.ts";

/** One request to an upstream. */
export interface HttpRequest {
  /** GET by default. */
  method?: "GET" | "POST";
  /** Absolute address, query included. */
  url: string;
  headers?: Record<string, string>;
  /** Sent as given; set `content-type` yourself. */
  body?: string;
  /** What the vendor's own error code makes of an answer; null leaves it to the status. Must not throw. */
  judge?(response: HttpResponse): HttpVerdict | AskAgain | null;
  /**
   * For a request that must not be left without its answer: it is sent once, as soon as the shard's lease lasts this much longer, and its
   * answer is awaited for as long, even when the pass is aborted meanwhile.
   */
  insistMs?: number;
}

/** What becomes of an answer: the connector gets it, or it is asked for again (`throttled`: after a pause of the whole group). */
export type HttpVerdict = "answer" | "retry" | "throttled";

/** The same with what only the body of an answer says. */
export interface AskAgain {
  verdict: Exclude<HttpVerdict, "answer">;
  /** How long it asks to wait; null leaves that to its headers. */
  afterMs: number | null;
  /** For errors and logs; it is redacted. */
  text: string;
}

/** An answer whose body was read completely. */
export interface HttpResponse {
  status: number;
  /** Lower-case names; repeated headers joined by ", ". */
  headers: Record<string, string>;
  /** Decoded as UTF-8. */
  body: string;
  /** For errors: `GET https://host/path answered 400 (request 4f1c…)`; neither query nor secrets. */
  summary: string;
  /**
   * The body as JSON, parsed once.
   * @throws SourceHaltedError `TIDEMARK_UPSTREAM_UNEXPECTED` when a complete body is not JSON.
   */
  json(): unknown;
}

/**
 * The one way a connector talks to its upstream: timeouts, a size limit, the rate budget of the source's group, bounded
 * retries of what is retryable (429, 5xx except 501, resets, timeouts, truncated bodies; Retry-After is obeyed), redaction.
 */
export interface Http {
  /**
   * @returns Any answer below 500 except 408 and 429 (also 501), unless `judge` decides otherwise: the connector judges 3xx (never followed)
   * and 4xx, since their meaning is the vendor's.
   * @throws RetryableError `TIDEMARK_UPSTREAM_THROTTLED` with `retryAfterMs`, `TIDEMARK_UPSTREAM_UNAVAILABLE`
   * @throws SourceHaltedError `TIDEMARK_UPSTREAM_UNEXPECTED` when the body is larger than the limit
   * @throws the signal's reason when the pass is aborted
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** A vendor's text made fit for an error or a log: without the source's secrets, on one line, at most 500 characters. */
  redact(text: string): string;
}

/** The access tokens of one source group in memory, and its refresh tokens in the database; refreshing is single-flight. */
export interface Tokens {
  /**
   * The cached token of this credential, or a fresh one when there is none or it ends within 60 s (or a tenth of its life, if less).
   * @param credential Names the credential (not secret), such as token address and client id.
   * @param obtain Called at most once at a time per credential, with the token that was forgotten last (null: none was).
   */
  get(credential: string, obtain: (refused: string | null) => Promise<AccessToken>): Promise<string>;
  /** Forgets this very token (after a 401); does nothing when a newer one has replaced it. */
  forget(credential: string, token: string): void;
  readonly grants: Grants;
}

/** A bearer token and how long it lives. */
export interface AccessToken {
  token: string;
  expiresInMs: number;
}
