import { type Worker, runWorker } from "../../src/app/run-worker.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import type { WorkerPorts } from "../../src/app/worker-ports.ts";
import { FatalError } from "../../src/core/errors.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Log } from "../../src/ports/log.ts";
import { memoryGrants } from "../../src/sdk/testing/memory-grants.ts";
import { createLink } from "./link.ts";
import { type Scenario, prefix } from "./scenario.ts";
import { simulatedBrokers, simulatedPublishers, unreachableKafka } from "./simulated-cluster.ts";
import type { SimulatedKafka } from "./simulated-kafka.ts";
import { type SimulatedPostgres, unreachablePostgres } from "./simulated-postgres.ts";
import { type SimulatedUpstream, unreachableUpstream } from "./simulated-upstream.ts";
import type { Process, Simulation } from "./simulation.ts";
import { silentMetrics } from "../support/silent-metrics.ts";
import { retention } from "../support/retention.ts";

/** Everything outside of the workers. */
export interface World {
  simulation: Simulation;
  scenario: Scenario;
  startAtMs: number;
  postgres: SimulatedPostgres;
  kafka: SimulatedKafka;
  upstreams: ReadonlyMap<string, SimulatedUpstream>;
  violated(what: string): void;
}

/** The workers; whichever dies or ends is followed by a new one. */
export interface Fleet {
  /** Those that have not died, oldest first. */
  alive(): Process[];
  start(): void;
  /** Asks one to drain and end, as SIGTERM does. */
  stop(process: Process): void;
  /** None is followed by a new one any more. */
  retire(): void;
  /** The refusals that ended workers. */
  readonly refusals: FatalError[];
}

export function startFleet(world: World): Fleet {
  const { simulation, scenario } = world;
  const { choices } = simulation;
  const workers = new Map<Process, Worker>();
  const refusals: FatalError[] = [];
  let count = 0;
  let isRetired = false;

  const startLater = () => simulation.after(choices.between(20, 600), null, start);

  const start = () => {
    if (isRetired) return;
    const name = `w${(count += 1)}`;
    const process = simulation.spawn(name, () => {
      workers.delete(process);
      startLater();
    });
    // The worker's first steps are taken in its own name, so that its timers stop with it.
    simulation.after(0, process, () => {
      if (isRetired) return simulation.kill(process);
      const ports = portsOf(world, process);
      const { shardCount, partitions, timing } = scenario;
      const worker = runWorker(
        {
          worker: { id: name, host: "model", version: "0" },
          shardCount,
          publication: {
            topics: topicBook({ prefix, shardCount, partitions, allowWeakDurability: true }, ports),
            journalId: world.postgres.memory.state.installation?.journalId ?? "",
          },
          ...retention,
          timing,
        },
        ports,
      );
      // Its very first call may have been the death of it.
      if (process.state !== "dead") workers.set(process, worker);
      worker.ended
        .catch((error: unknown) => {
          simulation.note(process, `ends: ${String(error)}`);
          if (error instanceof FatalError) refusals.push(error);
          else
            world.violated(`I8: ${name} ended with ${error instanceof Error ? error.stack : String(error)}`);
        })
        .finally(() => simulation.kill(process));
    });
  };

  return {
    alive: () => [...workers.keys()],
    start,
    stop(process) {
      simulation.note(process, "is asked to stop");
      simulation.after(0, process, () => workers.get(process)?.stop());
    },
    retire() {
      isRetired = true;
    },
    refusals,
  };
}

function portsOf(world: World, process: Process): WorkerPorts {
  const { simulation, scenario, postgres, kafka, upstreams } = world;
  const { choices } = simulation;
  const link = (conditions: Scenario["conditions"]["kafka"], unreachable: (what: string) => Error) =>
    createLink({ simulation, process, conditions, unreachable });
  const { conditions } = scenario;
  const clock = clockOf(simulation, process, world.startAtMs + choices.between(-3_000, 3_000));
  const log = tracedLog(simulation, process);
  const toKafka = link(conditions.kafka, unreachableKafka(simulation));
  return {
    store: postgres.storeOf(process, link(conditions.postgres, unreachablePostgres)),
    brokers: simulatedBrokers(kafka, toKafka),
    publishers: simulatedPublishers(kafka, toKafka, prefix),
    clock,
    random: { fraction: choices.fraction, nonce: choices.nonce },
    log,
    metrics: silentMetrics,
    upstreamOf(source, signal) {
      const upstream = upstreams.get(source.name);
      if (upstream === undefined) throw new Error(`no upstream for ${source.name}`);
      const http = {
        request: () => Promise.reject(new Error("no HTTP here")),
        redact: (text: string) => text,
      };
      const tokens = {
        get: () => Promise.reject(new Error("no tokens here")),
        forget: () => {},
        grants: memoryGrants(clock),
      };
      return {
        connector: upstream.connectorOver(link(conditions.upstream, unreachableUpstream)),
        context: { settings: {}, http, tokens, clock, log, signal },
        privacy: null,
      };
    },
  };
}

/** A process' clock: its wall clock may differ from the database's, its sleeps end only while it runs. */
function clockOf(simulation: Simulation, process: Process, startAtMs: number): Clock {
  return {
    now: () => startAtMs + simulation.nowMs(),
    monotonicMs: () => simulation.nowMs(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const wake = () => {
          cancel();
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const cancel = simulation.after(ms, process, wake);
        signal?.addEventListener("abort", wake);
      }),
  };
}

/** What a worker warns of becomes part of the trace. */
function tracedLog(simulation: Simulation, process: Process): Log {
  const line = (message: string, { code, reason, cause }: Record<string, unknown> = {}) =>
    simulation.note(
      process,
      `says ${message} ${[code, reason, cause]
        .filter((part) => part !== undefined)
        .map(String)
        .join(", ")}`,
    );
  const log: Log = { debug: nothing, info: line, warn: line, error: line, with: () => log };
  return log;
}

const nothing = () => {};
