import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { hostname } from "node:os";
import { prepareInstallation } from "../../src/app/prepare-installation.ts";
import { runWorker } from "../../src/app/run-worker.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import { stopSignal } from "../../src/cli/stop-signal.ts";
import { loadConfig, wantedInstallation } from "../../src/config.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { pinoLog } from "../../src/telemetry/pino-log.ts";
import { version } from "../../src/version.ts";
import { wireStore, wireWorker } from "../../src/wire.ts";
import { shortLeases } from "../support/short-lease-worker.ts";
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

const stop = stopSignal();
const config = loadConfig(process.argv.at(-1), {}, process.env);
const worker = { id: `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`, host: hostname(), version };
const log = pinoLog({ worker: worker.id });
const store = throughFailpoints("store", wireStore(config), reach);
const { installation } = await prepareInstallation(wantedInstallation(config), store);
const { ports, close } = wireWorker(config, store, log, version, process.env);
const brokers = throughFailpoints("brokers", ports.brokers, reach);
const { shardCount, journalId } = installation;
const { prefix, kafka } = config;
const topics = topicBook({ prefix, shardCount, ...kafka }, { brokers, store });
const running = runWorker(
  { worker, shardCount, publication: { topics, journalId }, retentionDays: 30, timing: shortLeases },
  {
    ...ports,
    brokers,
    publishers: {
      forShard: (...wanted) => throughFailpoints("publisher", ports.publishers.forShard(...wanted), reach),
    },
    upstreamOf(source, signal) {
      const upstream = ports.upstreamOf(source, signal);
      return { ...upstream, connector: connectorThroughFailpoints(upstream.connector, reach) };
    },
  },
);
stop.addEventListener("abort", () => running.stop());
if (stop.aborted) running.stop();
await running.ended;
log.info("worker.stopped");
await close();
