import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { prepareInstallation } from "../../src/app/prepare-installation.ts";
import { runWorker } from "../../src/app/run-worker.ts";
import type { WorkerPorts } from "../../src/app/worker-ports.ts";
import { stopSignal } from "../../src/cli/stop-signal.ts";
import { loadConfig, wantedInstallation } from "../../src/config.ts";
import type { LeaseTiming } from "../../src/core/lease.ts";
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

/**
 * Runs a worker made of the same parts as `tidemark run`, whose leases are short, until it is asked to stop. The last argument of the
 * process is the configuration file.
 *
 * @param disguise Replaces some of the ports: how a test makes a worker fail or believe something.
 */
export async function runShortLeaseWorker(
  disguise: (ports: WorkerPorts) => WorkerPorts = (ports) => ports,
): Promise<void> {
  const stop = stopSignal();
  const config = loadConfig(process.argv.at(-1), {}, process.env);
  const worker = {
    id: `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`,
    host: hostname(),
    version,
  };
  const log = pinoLog({ worker: worker.id });
  const store = wireStore(config);
  const { installation } = await prepareInstallation(wantedInstallation(config), store);
  const wired = wireWorker(config, store, log, version, process.env);
  const { shardCount, journalId } = installation;
  const publication = { topics: wired.topics, journalId };
  const options = { worker, shardCount, publication, retentionDays: 30, timing: shortLeases };
  const running = runWorker(options, disguise(wired.ports));
  stop.addEventListener("abort", () => running.stop());
  if (stop.aborted) running.stop();
  await running.ended;
  log.info("worker.stopped");
  await wired.close();
}
