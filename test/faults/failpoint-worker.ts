import { writeSync } from "node:fs";
import { RetryableError } from "../../src/core/errors.ts";
import { runShortLeaseWorker } from "../support/short-lease-worker.ts";
import { connectorThroughFailpoints, throughFailpoints } from "./through-failpoints.ts";

/**
 * A worker with short leases whose ports have failpoints, also those that it uses while it starts. Its arguments are what to do
 * (`freeze` or `throw`), the failpoints at which to do it, each once, and the configuration file.
 *
 * Frozen it does nothing more until it is killed or continued: either way from exactly that moment on.
 */
const [action, ...words] = process.argv.slice(2);
const armed = new Set(words.slice(0, -1));

function reach(failpoint: string): void {
  if (!armed.delete(failpoint)) return;
  writeSync(1, `${JSON.stringify({ level: "info", failpoint, msg: "failpoint.reached" })}\n`);
  if (action === "throw") throw new RetryableError(codeOf(failpoint), failpoint);
  process.kill(process.pid, "SIGSTOP");
  // The system stops its threads one by one: this one waits for its turn.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
}

function codeOf(failpoint: string) {
  if (failpoint.includes(":store.")) return "TIDEMARK_DATABASE_UNAVAILABLE";
  return failpoint.includes(":connector.") ? "TIDEMARK_UPSTREAM_UNAVAILABLE" : "TIDEMARK_KAFKA_UNAVAILABLE";
}

await runShortLeaseWorker({
  store: (store) => throughFailpoints("store", store, reach),
  ports: (ports) => ({
    ...ports,
    brokers: throughFailpoints("brokers", ports.brokers, reach),
    publishers: {
      forShard: (...wanted) => throughFailpoints("publisher", ports.publishers.forShard(...wanted), reach),
    },
    upstreamOf(...asked) {
      const upstream = ports.upstreamOf(...asked);
      return { ...upstream, connector: connectorThroughFailpoints(upstream.connector, reach) };
    },
  }),
});
