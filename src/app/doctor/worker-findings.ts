import { type Finding, fault, fine, warning } from "../../core/finding.ts";
import type { Overview } from "../../ports/store.ts";
import { isAlive } from "../is-alive.ts";

/** What is told of the workers, and of the shards that they share. @param version Of this program. */
export function workerFindings({ workers, shards, sources }: Overview, version: string): Finding[] {
  const alive = workers.filter(isAlive);
  if (alive.length === 0)
    return [
      fault("workers", {
        message: "no worker is running: nothing is polled or published",
        whatToDo: "Start one, on any machine that reaches database and brokers: tidemark run",
      }),
    ];
  const others = alive.filter((worker) => worker.version !== version);
  const busy = new Set(sources.map(({ shard }) => shard));
  const unowned = shards.filter(({ shard, owner }) => owner === null && busy.has(shard));
  return [
    ...others.map((worker) =>
      warning("workers", {
        subject: worker.id,
        message: `it runs version ${worker.version}, this program is ${version}`,
        whatToDo: "Finish the upgrade: stop that worker, then with this version: tidemark run",
      }),
    ),
    ...(others.length > 0
      ? []
      : [
          fine(
            "workers",
            alive.length === 1
              ? `1 worker runs this version, ${version}`
              : `${alive.length} workers run this version, ${version}`,
          ),
        ]),
    unowned.length === 0
      ? fine("workers", "every shard with sources has its owner")
      : fault("workers", {
          message: `${unowned.length} of ${busy.size} shards with sources have no owner`,
          whatToDo:
            "Wait for 15 s and look again; if it stays so, the workers' logs say why. (tidemark status)",
        }),
  ];
}
