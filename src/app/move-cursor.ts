import { z } from "zod";
import { cursorMark } from "../core/cursor-mark.ts";
import { TidemarkError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { Connector } from "../ports/connector.ts";
import type { Intent, MovedCursor, Source } from "../ports/store.ts";
import type { CarriedOut } from "./carry-out-intents.ts";
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
};

const argumentsSchema = z.object({
  seen: z.string(),
  cursor: z.json().exactOptional(),
  checkpoint: z.string().exactOptional(),
  republish: z.boolean().exactOptional(),
}) satisfies z.ZodType<MoveArguments>;

type Place = Pick<MovedCursor, "cursor" | "cursorVersion">;

/**
 * Carries `set`, `rewind` and `reset` out: has the source go on at another cursor, unless it is not where the asker has seen it any more, or its
 * connector could not go on there.
 */
export async function moveCursor(intent: Intent, lane: Lane, ports: WorkerPorts): Promise<CarriedOut> {
  const asked = argumentsSchema.parse(intent.arguments);
  // What the lane knows may be outdated: the outcome of its last commit was lost.
  const source = await ports.store.loadSource(intent.sourceId);
  if (source === null) return refused("the source is gone: tidemark source list");
  const { name, cursor, revision } = source;
  if (source.everyMs === null)
    return refused(`it is never polled and has no cursor; to read everything: tidemark source sweep ${name}`);
  if (cursorMark(cursor) !== asked.seen)
    return refused(`the cursor has moved since it was seen; look again: tidemark cursor show ${name}`);
  const connector = connectorOf(source, lane, ports);
  if (typeof connector === "string") return refused(connector);
  const place = await placeOf(intent, asked, connector, ports);
  if (typeof place === "string") return refused(place);
  const why = whyUnreadable(place, connector, name);
  if (why !== null) return refused(why);
  return { outcome: "done", moved: { ...place, revision, republish: asked.republish ?? false } };
}

/** Where the source is wanted, or why that cannot be told. */
async function placeOf(
  { verb, source: name }: Intent,
  { cursor, checkpoint: id }: MoveArguments,
  { cursorVersion }: Connector,
  { store }: WorkerPorts,
): Promise<Place | string> {
  if (verb !== "rewind") return { cursor: verb === "set" ? (cursor ?? null) : null, cursorVersion };
  const checkpoint = id === undefined ? null : await store.checkpoint(id);
  if (checkpoint === null) return `there is no checkpoint ${id} any more: tidemark cursor list ${name}`;
  if (checkpoint.source !== name)
    return `checkpoint ${id} is of ${checkpoint.source}: tidemark cursor list ${name}`;
  return checkpoint;
}

/** Why the connector could not go on there; null: it can. */
function whyUnreadable({ cursor, cursorVersion }: Place, connector: Connector, name: string): string | null {
  if (cursor === null) return null;
  if (cursorVersion !== connector.cursorVersion) return otherVersion(cursorVersion, connector, name);
  const faults = connector.cursorFaults(cursor);
  if (faults.length === 0) return null;
  return `${connector.name} cannot read that cursor (${faults.join("; ")}); compare it: tidemark cursor show ${name}`;
}

/** What to say about a cursor that another version of the connector wrote. */
export function otherVersion(
  cursorVersion: number,
  { name: connector, cursorVersion: own }: Pick<Connector, "name" | "cursorVersion">,
  name: string,
): string {
  return `that cursor is of version ${cursorVersion}, and this ${connector} reads version ${own}; to have everything read again: tidemark cursor reset ${name}`;
}

function connectorOf(source: Source, { shard }: Lane, ports: WorkerPorts): Connector | string {
  try {
    return ports.upstreamOf(source, shard.signal, shard.leaseLeftMs, false, watched(ports.clock)).connector;
  } catch (error) {
    if (error instanceof TidemarkError)
      return `${error.message}. ${error.whatToDo.replaceAll("<source>", source.name)}`;
    throw error;
  }
}

function refused(why: string): CarriedOut {
  return { outcome: `refused: ${why}` };
}
