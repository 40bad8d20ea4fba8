import { cursorMark } from "../core/cursor-mark.ts";
import { type AskedMove, type CursorReader, judgeMove } from "../core/judge-move.ts";
import type { Checkpoint, LiveCursor, Store } from "../ports/store.ts";
import { unknownSource } from "./no-such-source.ts";
import type { PlannedMove } from "./planned-move-text.ts";

/** Where a move goes: any cursor, or where the source stood at a checkpoint. */
export type Destination = Pick<LiveCursor, "cursor"> | Checkpoint;

/**
 * Says what a move would do, without its owner.
 * @param connectorOf The connector of that name. What it throws as a `TidemarkError` is a refusal, too.
 * @returns what the next poll would bring again, as far as that can be told; a text says why the owner would refuse it.
 * @throws ConfigError when there is no such source any more
 */
export async function planMove(
  store: Store,
  { source: name, cursor, population }: LiveCursor,
  { seen, to, republish, pace }: AskedMove & { to: Destination } & Pick<PlannedMove, "republish" | "pace">,
  connectorOf: (name: string) => CursorReader,
): Promise<PlannedMove | string> {
  const details = await store.sourceDetails(name);
  if (details === null) throw await unknownSource(store, name);
  const { everyMs, connector } = details.source;
  const place = judgeMove({ name, everyMs, cursor }, { seen, to }, () => connectorOf(connector));
  if (typeof place === "string") return place;
  const before = { mark: cursorMark(cursor), cursor };
  const after = { mark: cursorMark(to.cursor), cursor: to.cursor };
  const changes = "seq" in to && to.cursor !== null ? await store.changesSince(name, to.seq) : null;
  return {
    source: name,
    before,
    after,
    accounts: to.cursor === null ? population : null,
    changes,
    republish,
    pace,
  };
}
