import { budget } from "../../connectors/budget.ts";
import { httpClient } from "../../connectors/http-client.ts";
import { tokens } from "../../connectors/tokens.ts";
import type { JsonValue } from "../../core/json.ts";
import type { Connector, ConnectorContext, Page, SweepPage } from "../../ports/connector.ts";
import type { Grants } from "../../ports/grants.ts";
import { impatientClock } from "./impatient-clock.ts";
import { memoryGrants } from "./memory-grants.ts";
import { type LogLine, recordingLog } from "./recording-log.ts";
import { recordingMetrics } from "./recording-metrics.ts";

/** A clock that keeps the sleeps that were asked for, in milliseconds. */
export type TestClock = ReturnType<typeof impatientClock>;

/** How one pass is run. */
export interface PassOptions {
  signal?: AbortSignal;
  /** Called after each page, with the page as the connector made it. */
  beforeNext?: (page: Page<JsonValue> | SweepPage<JsonValue>) => Promise<void>;
}

/** A pass that has ended: its pages, and how it ended. */
export interface EndedPass<Step> {
  pages: Step[];
  /** What it threw; null when it ended by itself. */
  error: unknown;
}

/** A sweep that has ended. */
export interface EndedSweep extends EndedPass<SweepPage<JsonValue>> {
  /** True when it returned `complete()`. */
  isComplete: boolean;
  /** Why, when it returned `notOffered()`. */
  notOffered: string | null;
}

/** A connector with all that a worker would give it: HTTP client, rate budget, tokens, clock, log. */
export interface TestContext {
  clock: TestClock;
  log: { lines: LogLine[] };
  metrics: ReturnType<typeof recordingMetrics>;
  /** What a connector is given for one pass. @throws ConfigError when the settings do not fit */
  contextOf(signal: AbortSignal): ConnectorContext<JsonValue>;
  /** One poll to its end, its pages as they come back from a database. @param cursor null for the first one */
  poll(cursor: JsonValue, options?: PassOptions): Promise<EndedPass<Page<JsonValue>>>;
  /** One sweep to its end. @param position null for its beginning */
  sweep(position: JsonValue, options?: PassOptions): Promise<EndedSweep>;
  get(ids: readonly string[]): ReturnType<Connector["get"]>;
  /** Ends open connections. */
  close(): Promise<void>;
}

/** Nothing takes the shard away. */
const leaseLeftMs = () => Number.POSITIVE_INFINITY;

/**
 * Runs a connector outside a worker, over real HTTP.
 * @param settings As an operator would write them, secrets in clear.
 * @param options.secrets Values of the settings that no error and no log line may show.
 * @param options.clock One that jumps over every sleep when left out.
 * @param options.grants What outlives a process; nothing does when left out.
 */
export function testContext(
  connector: Connector,
  settings: JsonValue,
  options: { secrets?: readonly string[]; clock?: TestClock; grants?: Grants } = {},
): TestContext {
  const { secrets = [], clock = impatientClock() } = options;
  const log = recordingLog();
  const metrics = recordingMetrics();
  const client = httpClient({ clock, metrics, random: { fraction: () => 0.5, nonce: () => "1" } });
  const shared = {
    budget: budget({ requests: 1_000_000, perMs: 1_000 }, clock),
    tokens: tokens(clock, options.grants ?? memoryGrants(clock)),
  };

  function contextOf(signal: AbortSignal): ConnectorContext<JsonValue> {
    const { budget } = shared;
    const http = client.httpFor({
      source: "test",
      isUrgent: true,
      budget,
      secrets,
      signal,
      leaseLeftMs,
      signs: { show: () => undefined, during: (wait) => wait },
      log,
    });
    return { settings: connector.checkSettings(settings), http, tokens: shared.tokens, clock, log, signal };
  }

  const endless = new AbortController().signal;
  return {
    clock,
    log,
    metrics,
    contextOf,
    close: () => client.close(),
    poll(cursor, { signal = endless, beforeNext } = {}) {
      return ended<Page<JsonValue>>(connector.poll({ ...contextOf(signal), cursor }), beforeNext);
    },
    async sweep(position, { signal = endless, beforeNext } = {}) {
      const pass = connector.sweep({ ...contextOf(signal), position });
      let isComplete = false;
      let notOffered: string | null = null;
      async function* watched(): AsyncGenerator<SweepPage<JsonValue>, void, void> {
        const end = yield* pass;
        isComplete = end?.complete === true;
        notOffered = end?.complete === false ? end.why : null;
      }
      const { pages, error } = await ended(watched(), beforeNext);
      return { pages, error, isComplete, notOffered };
    },
    get: (ids) => connector.get(ids, contextOf(endless)),
  };
}

async function ended<Step extends Page<JsonValue> | SweepPage<JsonValue>>(
  pass: AsyncGenerator<Step, void, void>,
  beforeNext: PassOptions["beforeNext"],
): Promise<EndedPass<Step>> {
  const pages: Step[] = [];
  try {
    for (let step = await pass.next(); step.done !== true; step = await pass.next()) {
      // Cursors are stored as JSON: what does not survive that is lost.
      pages.push(JSON.parse(JSON.stringify(step.value)) as Step);
      await beforeNext?.(step.value);
    }
    return { pages, error: null };
  } catch (error) {
    return { pages, error };
  }
}
