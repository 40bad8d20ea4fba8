import { dump } from "js-yaml";
import type { Config } from "../config-schema.ts";
import type { WatchedUpstream } from "./simulated-upstreams.ts";

/** Where the sandbox's servers are. */
export type Connection = Pick<Config, "postgres" | "kafka">;

/** The worker's configuration file, as a person would write it. */
export function workerConfig({ postgres, kafka }: Connection, upstreams: readonly WatchedUpstream[]): string {
  const sources = upstreams.map(({ source, config: { every, sweepEvery, budget, ...rest } }) => [
    source,
    {
      ...rest,
      every: duration(every),
      sweepEvery: duration(sweepEvery),
      budget: budget === undefined ? undefined : { requests: budget.requests, per: duration(budget.per) },
    },
  ]);
  return `# Written by the sandbox at every start.\n${dump({ postgres, kafka, sources: Object.fromEntries(sources) })}`;
}

/** What is not set is left out. */
function duration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${ms}ms`;
}
