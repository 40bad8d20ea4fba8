import type { Observation, RejectedItem } from "../../src/core/account.ts";
import type { JsonValue } from "../../src/core/json.ts";
import { type Rate, budget } from "../../src/connectors/budget.ts";
import { type HttpClient, httpClient } from "../../src/connectors/http-client.ts";
import { tokens } from "../../src/connectors/tokens.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Connector, Page, SweepPage } from "../../src/ports/connector.ts";
import type { Log } from "../../src/ports/log.ts";
import type { Metrics } from "../../src/ports/metrics.ts";

/** A line of a log that is kept for looking at. */
export interface LogLine {
  level: string;
  message: string;
  fields: Record<string, unknown>;
}

/** A pass that has ended: its pages, and how it ended. */
export interface EndedPass<Step> {
  pages: Step[];
  /** What it threw; null when it ended by itself. */
  error: unknown;
}

/** A clock that runs by itself and jumps over every sleep: what is asked for is kept. */
export function impatientClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  let skippedMs = 0;
  const monotonicMs = () => performance.now() + skippedMs;
  return {
    slept,
    now: () => Date.now() + skippedMs,
    monotonicMs,
    async sleep(ms) {
      slept.push(ms);
      const untilMs = monotonicMs() + ms;
      await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 2)));
      skippedMs = Math.max(skippedMs, untilMs - performance.now());
    },
  };
}

/** A log that keeps its lines. */
export function recordingLog(lines: LogLine[] = []): Log & { lines: LogLine[] } {
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, fields });
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: () => recordingLog(lines),
  };
}

/** Metrics that keep what concerns upstreams. */
export function recordingMetrics(): Metrics & { requests: string[]; throttledSeconds: number[] } {
  const requests: string[] = [];
  const throttledSeconds: number[] = [];
  return {
    requests,
    throttledSeconds,
    upstreamRequest: (_source, statusClass) => void requests.push(statusClass),
    throttled: (_source, seconds) => void throttledSeconds.push(seconds),
    pass() {},
    page() {},
    observations() {},
    events() {},
    published() {},
    observe() {},
  };
}

/** Runs passes of a connector against a server, as the app would. */
export function connectorHarness(connector: Connector, settings: JsonValue, secrets: string[] = []) {
  const clock = impatientClock();
  const log = recordingLog();
  const metrics = recordingMetrics();
  const rate: Rate = { requests: 1_000_000, perMs: 1_000 };
  const client: HttpClient = httpClient({
    clock,
    metrics,
    random: { fraction: () => 0.5, nonce: () => "1" },
  });
  const shared = { budget: budget(rate, clock), tokens: tokens(clock) };

  function contextOf(signal: AbortSignal) {
    const http = client.httpFor({ source: "test", budget: shared.budget, secrets, signal, log });
    return { settings: connector.checkSettings(settings), http, tokens: shared.tokens, clock, log, signal };
  }

  const endless = new AbortController().signal;
  return {
    clock,
    log,
    metrics,
    /** What the app gives to a connector for one pass. */
    contextOf,
    close: () => client.close(),
    /** One poll to its end. @param beforeNext Called between two pages. */
    poll(cursor: JsonValue, options: { signal?: AbortSignal; beforeNext?: () => Promise<void> } = {}) {
      const pass = connector.poll({ ...contextOf(options.signal ?? endless), cursor });
      return ended<Page<JsonValue>>(pass, options.beforeNext);
    },
    async sweep(position: JsonValue, options: { beforeNext?: () => Promise<void> } = {}) {
      const pass = connector.sweep({ ...contextOf(endless), position });
      let isComplete = false;
      async function* watched(): AsyncGenerator<SweepPage<JsonValue>, void, void> {
        isComplete = (yield* pass)?.complete === true;
      }
      const { pages, error } = await ended(watched(), options.beforeNext);
      return { pages, error, isComplete };
    },
    get: (ids: readonly string[]) => connector.get(ids, contextOf(endless)),
  };
}

/** All observations of some pages, in order. */
export function observed(pages: readonly { observations: Observation[] }[]): Observation[] {
  return pages.flatMap((page) => page.observations);
}

/** All rejected items of some pages, in order. */
export function rejectedIn(pages: readonly { rejected: RejectedItem[] }[]): RejectedItem[] {
  return pages.flatMap((page) => page.rejected);
}

/** The cursor after the last page. */
export function lastCursor(pages: readonly Page<JsonValue>[]): JsonValue {
  return pages.at(-1)?.cursor ?? null;
}

async function ended<Step>(
  pass: AsyncGenerator<Step, void, void>,
  beforeNext: () => Promise<void> = async () => {},
): Promise<EndedPass<Step>> {
  const pages: Step[] = [];
  try {
    for (let step = await pass.next(); step.done !== true; step = await pass.next()) {
      // Cursors are stored as JSON: what does not survive that is lost.
      pages.push(JSON.parse(JSON.stringify(step.value)) as Step);
      await beforeNext();
    }
    return { pages, error: null };
  } catch (error) {
    return { pages, error };
  }
}
