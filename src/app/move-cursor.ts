import { z } from "zod";
import { type AskedMove, judgeMove } from "../core/judge-move.ts";
import type { JsonValue } from "../core/json.ts";
import type { Intent, Store } from "../ports/store.ts";
import { type CarriedOut, refused } from "./carried-out.ts";
import type { Lane } from "./lane.ts";
import { watched } from "./watchdog.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** What `set`, `rewind` and `reset` are asked with. */
export type MoveArguments = {
  /** The mark of the cursor that the asker has seen. */
  seen: string;
  /** Of `set`. */
  cursor?: JsonValue;
  /** Of `rewind`: a checkpoint's id. */
  checkpoint?: string;
  /** What the next poll returns unchanged is published again. */
  republish?: boolean;
  /** So many events per second at most. */
  pace?: number;
};

const argumentsSchema = z.object({
  seen: z.string(),
  cursor: z.json().exactOptional(),
  checkpoint: z.string().exactOptional(),
  republish: z.boolean().exactOptional(),
  pace: z.number().exactOptional(),
}) satisfies z.ZodType<MoveArguments>;

/**
 * Carries `set`, `rewind` and `reset` out: has the source go on at another cursor, unless it is not where the asker has seen it any more, or its
 * connector could not go on there.
 */
export async function moveCursor(intent: Intent, lane: Lane, ports: WorkerPorts): Promise<CarriedOut> {
  const { seen, republish = false, pace = null, ...given } = argumentsSchema.parse(intent.arguments);
  // What the lane knows may be outdated: the outcome of its last commit was lost.
  const source = await ports.store.loadSource(intent.sourceId);
  if (source === null) return refused("the source is gone: tidemark source list");
  const { signal, leaseLeftMs } = lane.shard;
  const place = judgeMove(
    source,
    { seen, to: await wanted(intent, given, ports.store) },
    () => ports.upstreamOf(source, signal, leaseLeftMs, false, watched(ports.clock)).connector,
  );
  if (typeof place === "string") return refused(place);
  return {
    outcome: "done",
    moved: { ...place, revision: source.revision, republish: republish ? { pace } : null },
  };
}

async function wanted(
  { verb, source: name }: Intent,
  { cursor = null, checkpoint: id }: Pick<MoveArguments, "cursor" | "checkpoint">,
  store: Store,
): Promise<AskedMove["to"]> {
  if (verb !== "rewind") return { cursor: verb === "set" ? cursor : null };
  const checkpoint = id === undefined ? null : await store.checkpoint(id);
  if (checkpoint === null) return `there is no checkpoint ${id} any more: tidemark cursor list ${name}`;
  if (checkpoint.source !== name)
    return `checkpoint ${id} is of ${checkpoint.source}: tidemark cursor list ${name}`;
  return checkpoint;
}
