import { Agent } from "undici";
import { backOffMs } from "../core/back-off.ts";
import { RetryableError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Http, HttpRequest, HttpResponse } from "../ports/http.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Random } from "../ports/random.ts";
import type { SignsOfLife } from "../ports/signs-of-life.ts";
import { type Budget, longestPauseMs } from "./budget.ts";
import { type Attempt, type ExchangeLimits, exchange } from "./exchange.ts";
import { redactor } from "./redact.ts";
import { statedLimits } from "./stated-limits.ts";

const retries = 3;
const pause = { baseMs: 500, capMs: 10_000 };
/** How often a request that insists looks whether the lease was renewed. */
const leaseLookMs = 250;
const neverAborted = new AbortController().signal;

/** What one source's requests need to know. */
export interface HttpOptions {
  source: string;
  /** True for a poll of a loaded source: it goes before requests of its group that can wait. */
  isUrgent: boolean;
  budget: Budget;
  /** Texts that no error and no log line may contain. */
  secrets: readonly string[];
  /** Aborted when the pass must stop. */
  signal: AbortSignal;
  /** How much longer the shard's lease can be relied on; it is renewed by and by. */
  leaseLeftMs(): number;
  signs: SignsOfLife;
  log: Log;
}

/** The process's connections to all upstreams. */
export interface HttpClient {
  httpFor(options: HttpOptions): Http;
  /** Ends open connections. */
  close(): Promise<void>;
}

/** The HTTP client of a process: keeps connections alive across passes. @param limits for tests and unusual upstreams. */
export function httpClient(
  ports: { clock: Clock; metrics: Metrics; random: Random },
  limits: Partial<ExchangeLimits> = {},
): HttpClient {
  const { clock, metrics, random } = ports;
  const within: ExchangeLimits = {
    headersTimeoutMs: 30_000,
    bodyTimeoutMs: 30_000,
    wholeTimeoutMs: 120_000,
    maxBodyBytes: 64 * 1024 * 1024,
    ...limits,
  };
  const agent = new Agent({ connect: { timeout: 5_000 }, maxResponseSize: within.maxBodyBytes });
  const toldDeprecated = new Set<string>();

  function httpFor(options: HttpOptions): Http {
    const { source, isUrgent, budget, secrets, signal, leaseLeftMs, signs, log } = options;
    const redact = redactor(secrets);

    async function leaseOutlasts(ms: number): Promise<void> {
      while (leaseLeftMs() < ms) {
        await clock.sleep(leaseLookMs, signal);
        signal.throwIfAborted();
      }
    }

    async function once(request: HttpRequest): Promise<Attempt> {
      const { insistMs } = request;
      await signs.during(budget.take({ source, isUrgent }, signal));
      if (insistMs !== undefined) await leaseOutlasts(insistMs);
      const startedMs = clock.monotonicMs();
      const patience =
        insistMs === undefined
          ? { limits: within, signal }
          : { limits: { ...within, wholeTimeoutMs: insistMs }, signal: neverAborted };
      const attempt = await exchange(request, { agent, ...patience, redact, nowMs: clock.now() });
      signs.show();
      const statusClass = attempt.status === null ? "error" : `${Math.floor(attempt.status / 100)}xx`;
      metrics.upstreamRequest(source, statusClass, (clock.monotonicMs() - startedMs) / 1_000);
      learn(attempt, startedMs);
      return attempt;
    }

    function learn(attempt: Attempt, startedMs: number): void {
      const { headers } = attempt.outcome === "answered" ? attempt.response : attempt;
      const askedMs = attempt.outcome === "answered" ? null : attempt.retryAfterMs;
      if (askedMs !== null) {
        metrics.throttled(source, askedMs / 1_000);
        budget.holdOff(askedMs);
      }
      if (attempt.outcome === "failed" && attempt.isThrottled) budget.slowDown(startedMs);
      // A pause that was asked for says more than when a limit starts anew.
      const limits = askedMs === null ? statedLimits(headers, clock.now()) : null;
      if (limits !== null) budget.learn(limits);
    }

    function answered(response: HttpResponse): HttpResponse {
      if (response.headers["x-deprecated"] === "true" && !toldDeprecated.has(source)) {
        toldDeprecated.add(source);
        log.warn("upstream.deprecated", { address: response.summary });
      }
      return response;
    }

    async function request(wanted: HttpRequest): Promise<HttpResponse> {
      for (let failures = 1; ; failures++) {
        const attempt = await once(wanted);
        if (attempt.outcome === "answered") return answered(attempt.response);
        log.warn("upstream.request.failed", {
          what: attempt.what,
          failures,
          retryAfterMs: attempt.retryAfterMs,
        });
        const askedMs = attempt.retryAfterMs;
        if (failures > retries || wanted.insistMs !== undefined || (askedMs ?? 0) > longestPauseMs) {
          if (attempt.isThrottled) throw throttled(attempt.what, askedMs);
          throw new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", attempt.what, { cause: attempt.cause });
        }
        await clock.sleep(Math.max(askedMs ?? 0, backOffMs(failures, pause, random.fraction())), signal);
        signal.throwIfAborted();
      }
    }

    return { request, redact };
  }

  return { httpFor, close: () => agent.destroy() };
}

function throttled(what: string, retryAfterMs: number | null): RetryableError {
  return new RetryableError("TIDEMARK_UPSTREAM_THROTTLED", what, { retryAfterMs });
}
