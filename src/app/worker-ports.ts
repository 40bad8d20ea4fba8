import type { JsonValue } from "../core/json.ts";
import type { Privacy } from "../core/privacy.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connector, ConnectorContext } from "../ports/connector.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Brokers, Publishers } from "../ports/publisher.ts";
import type { Random } from "../ports/random.ts";
import type { SignsOfLife } from "../ports/signs-of-life.ts";
import type { Source, Store } from "../ports/store.ts";

/** Everything a worker needs from outside; `wire.ts` makes the real ones, tests bring their own. */
export interface WorkerPorts {
  store: Store;
  brokers: Brokers;
  publishers: Publishers;
  clock: Clock;
  random: Random;
  log: Log;
  metrics: Metrics;
  /**
   * The connector of a source and what it may use: settings with their secrets resolved, the HTTP client with the group's budget.
   * @param leaseLeftMs How much longer the shard's lease can be relied on.
   * @param isUrgent Whether its requests go before those of its group that can wait.
   * @param signs Where its answers, and its waits for the budget, are shown.
   * @throws SourceHaltedError `TIDEMARK_SOURCE_SETTINGS`
   */
  upstreamOf(
    source: Source,
    signal: AbortSignal,
    leaseLeftMs: () => number,
    isUrgent: boolean,
    signs: SignsOfLife,
  ): Upstream;
}

/** A connector, ready to be called for one pass of one source. */
export interface Upstream {
  connector: Connector;
  context: ConnectorContext<JsonValue>;
  /** What may be kept of its answers; null: everything. */
  privacy: Privacy | null;
}
