import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { prepareInstallation } from "../../src/app/prepare-installation.ts";
import { runWorker } from "../../src/app/run-worker.ts";
import { stopSignal } from "../../src/cli/stop-signal.ts";
import { loadConfig, wantedInstallation } from "../../src/config.ts";
import type { LeaseTiming } from "../../src/core/lease.ts";
import { pinoLog } from "../../src/telemetry/pino-log.ts";
import { version } from "../../src/version.ts";
import { wireStore, wireWorker } from "../../src/wire.ts";

/**
 * A worker made of the same parts as `tidemark run`, whose leases are short: what it takes to prove a takeover many times.
 * Its only argument is the configuration file.
 */
const timing: LeaseTiming = { ttlMs: 3_000, renewEveryMs: 1_000, stopAfterMs: 2_400, seekEveryMs: 100 };

const stop = stopSignal();
const config = loadConfig(process.argv[2], {}, process.env);
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
const running = runWorker({ worker, shardCount, publication, retentionDays: 30, timing }, wired.ports);
stop.addEventListener("abort", () => running.stop());
if (stop.aborted) running.stop();
await running.ended;
log.info("worker.stopped");
await wired.close();
