import type { Overview, Replay } from "../ports/store.ts";
import { hasNoWorker } from "./waits-for.ts";

/** Why a replay that is asked for does not get on until somebody does something, and how to take it back; null: nothing is in its way. */
export function standstill(
  { id, kind, source, state, done }: Pick<Replay, "id" | "kind" | "source" | "state" | "done">,
  { workers, sources }: Pick<Overview, "workers" | "sources">,
): string | null {
  const takeBack = `To take it back: tidemark replay cancel ${id}`;
  if (hasNoWorker({ workers }))
    return `no worker is running; replay ${id} ${done > 0 ? "goes on" : "begins"} as soon as one does.\n  ${takeBack}`;
  // What is done only waits for Kafka, and the journal is read without its sources.
  if (kind === "journal" || state !== "running") return null;
  const stopped = sources.find((one) => one.name === source && one.state !== "running");
  if (stopped === undefined) return null;
  return `${stopped.name} is ${stopped.state}; replay ${id} goes on when it is resumed: tidemark source resume ${stopped.name}\n  ${takeBack}`;
}
