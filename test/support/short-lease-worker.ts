import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { prepareInstallation } from "../../src/app/prepare-installation.ts";
import { runWorker } from "../../src/app/run-worker.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import type { WorkerPorts } from "../../src/app/worker-ports.ts";
import { stopSignal } from "../../src/cli/stop-signal.ts";
import { loadConfig, retentionOf, wantedInstallation } from "../../src/config.ts";
import type { LeaseTiming } from "../../src/core/lease.ts";
import type { Store } from "../../src/ports/store.ts";
import { pinoLog } from "../../src/telemetry/pino-log.ts";
import { version } from "../../src/version.ts";
import { wireStore, wireWorker } from "../../src/wire.ts";

/** What it takes to prove a takeover many times. */
export const shortLeases: LeaseTiming = {
  ttlMs: 3_000,
  renewEveryMs: 1_000,
  stopAfterMs: 2_400,
  seekEveryMs: 100,
};

/** How a test makes a worker fail or believe something: what is replaced before anything uses it. */
export interface Disguise {
  /** Also while the worker starts. */
  store?(store: Store): Store;
  ports?(ports: WorkerPorts): WorkerPorts;
}

/**
 * Runs a worker made of the same parts as `tidemark run`, whose leases are short, until it is asked to stop. The last argument of the
 * process is the configuration file.
 */
export async function runShortLeaseWorker(disguise: Disguise = {}): Promise<void> {
  const stop = stopSignal();
  const config = loadConfig(process.argv.at(-1), {}, process.env);
  const worker = {
    id: `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`,
    host: hostname(),
    version,
  };
  const log = pinoLog({ worker: worker.id });
  const wiredStore = wireStore(config);
  const store = disguise.store?.(wiredStore) ?? wiredStore;
  const { installation } = await prepareInstallation(wantedInstallation(config), store);
  const wired = wireWorker(config, store, log, version, process.env);
  const ports = disguise.ports?.(wired.ports) ?? wired.ports;
  const { shardCount, journalId } = installation;
  const { prefix, kafka } = config;
  const topics = topicBook({ prefix, shardCount, ...kafka }, ports);
  const publication = { topics, journalId };
  const running = runWorker(
    { worker, shardCount, publication, ...retentionOf(config), timing: shortLeases },
    ports,
  );
  stop.addEventListener("abort", () => running.stop());
  if (stop.aborted) running.stop();
  await running.ended;
  log.info("worker.stopped");
  await wired.close();
}
