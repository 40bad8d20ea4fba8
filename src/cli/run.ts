import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { prepareInstallation } from "../app/prepare-installation.ts";
import { type Worker, runWorker } from "../app/run-worker.ts";
import { retentionOf, wantedInstallation } from "../config.ts";
import type { Config } from "../config-schema.ts";
import { backOffMs } from "../core/back-off.ts";
import { RetryableError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import { publisherBackOff } from "../core/schedule.ts";
import type { Log } from "../ports/log.ts";
import type { Store } from "../ports/store.ts";
import { systemClock } from "../system-clock.ts";
import { systemRandom } from "../system-random.ts";
import { version } from "../version.ts";
import { type ApiServer, type WiredWorker, wireApi, wireLog, wireStore, wireWorker } from "../wire.ts";
import { counted } from "./counted.ts";
import { type ConfigOption, configOf, numberOption } from "./options.ts";
import { stopSignal } from "./stop-signal.ts";

interface RunOptions extends ConfigOption {
  http: boolean;
  worker: boolean;
  httpPort?: string;
}

/** `tidemark run`: one worker with its health and metrics endpoint, until it is asked to stop. */
export async function run(options: RunOptions): Promise<number> {
  const flags: Record<string, JsonValue> =
    options.httpPort === undefined
      ? {}
      : { "http.port": numberOption("--http-port", options.httpPort, 0, 65_535) };
  const config = configOf(options, flags);
  const stop = stopSignal();
  const worker = {
    id: `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`,
    host: hostname(),
    version,
  };
  const log = wireLog({ worker: worker.id });
  const store = wireStore(config);
  const wired = wireWorker(config, store, log, version, process.env);
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => wired.close());
  const prepared = await prepare(config, store, log, stop);
  if (prepared === null) return 0;
  log.info("worker.starting", { version, ...prepared.applied });

  let running: Worker | null = null;
  if (options.worker) {
    const { shardCount, journalId } = prepared.installation;
    const publication = { topics: wired.topics, journalId };
    const retention = retentionOf(config);
    const started = runWorker({ worker, shardCount, publication, ...retention }, wired.ports);
    wired.metrics.observe(() => started.gauges());
    cleanUp.defer(async () => {
      started.stop();
      // Why it ended is thrown below.
      await started.ended.catch(() => undefined);
    });
    running = started;
  }
  if (options.http) {
    const api = await serve(config, wired, running, log);
    cleanUp.defer(() => api.close());
  }
  await Promise.race([aborted(stop), ...(running === null ? [] : [running.ended])]);
  running?.stop();
  await running?.ended;
  log.info("worker.stopped");
  return 0;
}

/** Waits for a database that is away; anything else that is wrong ends the command. @returns null when asked to stop meanwhile. */
async function prepare(config: Config, store: Store, log: Log, stop: AbortSignal) {
  const clock = systemClock();
  const random = systemRandom();
  for (let failures = 1; !stop.aborted; failures += 1) {
    try {
      return await prepareInstallation(wantedInstallation(config), store);
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      const retryInMs = backOffMs(failures, publisherBackOff, random.fraction());
      log.warn("start.waiting", { code: error.code, reason: error.message, retryInMs });
      await clock.sleep(retryInMs, stop);
    }
  }
  return null;
}

async function serve(
  config: Config,
  wired: WiredWorker,
  running: Worker | null,
  log: Log,
): Promise<ApiServer> {
  let hasEnded = false;
  const ended = () => {
    hasEnded = true;
  };
  running?.ended.then(ended, ended);
  const api = await wireApi({
    ...config.http,
    log,
    metricsText: () => wired.metrics.text(),
    async isReady() {
      const database = await wired.ports.store.checkSchema().then(
        () => "ok",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      const worker = running === null ? "not asked for" : hasEnded ? "has ended" : "ok";
      // Changes that wait need a person, not another worker.
      const waiting = running?.gauges().sources.reduce((sum, source) => sum + source.waiting, 0) ?? 0;
      const holds =
        waiting === 0 ? "ok" : `${counted(waiting, "change", "wait")} for a person: tidemark hold list`;
      return { ready: database === "ok" && !hasEnded, checks: { database, worker, holds } };
    },
  });
  log.info("http.listening", { url: api.url });
  return api;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
