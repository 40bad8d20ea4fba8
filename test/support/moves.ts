import type { WorkerProcess } from "./worker-processes.ts";

/** A shard that went from one owner to the next, as the workers' logs tell. */
export interface Move {
  readonly shard: number;
  /** When the next owner got it, milliseconds since 1970. */
  readonly atMs: number;
  /** From the release, or null where the owner was killed, to the next grant. */
  readonly gapMs: number | null;
  /** Events that the owner left in the journal when it released the shard. */
  readonly leftBehind: number;
}

interface Line {
  msg: "shard.acquired" | "shard.released";
  time: string;
  shard: number;
  term: string;
  unpublished?: number;
}

/** Every grant of a shard after its first one. */
export function movesOf(workers: readonly WorkerProcess[]): Move[] {
  const lines = workers
    .flatMap((worker) => worker.log().split("\n"))
    .filter((line) => /"msg":"shard\.(acquired|released)"/.test(line) && line.endsWith("}"))
    .map((line) => JSON.parse(line) as Line);
  return Object.values(Object.groupBy(lines, ({ shard }) => shard)).flatMap((ofShard = []) => {
    // A release may be logged after the next grant: only terms tell the order.
    const grants = ofShard
      .filter(({ msg }) => msg === "shard.acquired")
      .toSorted((a, b) => Number(BigInt(a.term) - BigInt(b.term)));
    return grants.slice(1).map((grant, index) => {
      const before = grants[index]?.term;
      const release = ofShard.find(({ msg, term }) => msg === "shard.released" && term === before);
      const gapMs = release === undefined ? null : Date.parse(grant.time) - Date.parse(release.time);
      return {
        shard: grant.shard,
        atMs: Date.parse(grant.time),
        gapMs,
        leftBehind: release?.unpublished ?? 0,
      };
    });
  });
}
