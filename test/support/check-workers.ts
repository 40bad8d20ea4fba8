/** What is left of a worker's process. */
export interface WorkerTrace {
  readonly name: string;
  /** One JSON object per line. */
  readonly log: string;
  /** How it ended when nobody had asked it to; null for all others. */
  readonly death: string | null;
  /** The most memory it ever had resident; null where the system does not tell or the process is gone. */
  readonly peakMb: number | null;
}

const mostMb = 300;

/**
 * Checks what the workers themselves show, while nothing was wrong that a worker must not bear:
 *
 * - I7 single writer: no shard was granted twice under one term
 * - I8 bounded: no worker had more than 300 MB of memory
 * - I9 fail closed: a worker gives up where the stores contradict each other, and nowhere else
 *
 * @returns one sentence for each thing that is wrong; it begins with the invariant.
 */
export function checkWorkers(workers: readonly WorkerTrace[]): string[] {
  return [...doubleGrants(workers), ...workers.flatMap(greedy), ...workers.flatMap(gaveUp)];
}

function doubleGrants(workers: readonly WorkerTrace[]): string[] {
  const faults: string[] = [];
  const owners = new Map<string, string>();
  for (const { name, log } of workers) {
    for (const { shard, term } of grantsIn(log)) {
      const grant = `shard ${shard} under term ${term}`;
      const before = owners.get(grant);
      if (before !== undefined)
        faults.push(`I7 single writer: ${before} and ${name} were both given ${grant}`);
      owners.set(grant, name);
    }
  }
  return faults;
}

/** A killed worker's last line may be cut short. */
function grantsIn(log: string): { shard: number; term: string }[] {
  const lines = log
    .split("\n")
    .filter((line) => line.includes('"msg":"shard.acquired"') && line.endsWith("}"));
  return lines.map((line) => JSON.parse(line) as { shard: number; term: string });
}

function greedy({ name, peakMb }: WorkerTrace): string[] {
  return peakMb !== null && peakMb > mostMb ? [`I8 bounded: ${name} took ${peakMb} MB of memory`] : [];
}

function gaveUp({ name, death, log }: WorkerTrace): string[] {
  if (death === null) return [];
  const lastWords = log.trimEnd().split("\n").slice(-3).join("\n");
  return [`I9 fail closed: ${name} ended by itself (${death}) although nothing contradicts:\n${lastWords}`];
}
