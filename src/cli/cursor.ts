import { cursorMark } from "../core/cursor-mark.ts";
import { ConfigError } from "../core/errors.ts";
import type { Checkpoint, LiveCursor, Store } from "../ports/store.ts";
import { checkpointListText, checkpointText, liveCursorText } from "./cursor-text.ts";
import { isDecimalId } from "./is-decimal-id.ts";
import { unknownSource } from "./no-such-source.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { pageOf } from "./page-of.ts";
import { withStore } from "./with-store.ts";

/** How many checkpoints are listed at once. */
const listed = 50;

type CursorOptions = ConfigOption & OutputOption;

/** `tidemark cursor list <source>`: its newest checkpoints, or the newest of those before one of them. */
export function listCheckpoints(
  source: string,
  { before, ...options }: CursorOptions & { before?: string },
): Promise<number> {
  return withStore(options, async (store) => {
    await liveCursorOf(store, source);
    if (before !== undefined) await checkpointOf(store, source, before);
    const { shown, hasOlder } = pageOf(
      await store.checkpoints({ source, limit: listed + 1, before }),
      listed,
    );
    console.log(
      isJson(options)
        ? JSON.stringify(shown.map(marked))
        : checkpointListText(shown, { source, before, hasOlder }, Date.now()),
    );
    return 0;
  });
}

/** `tidemark cursor show <source>`: where it stands, or stood at a checkpoint. */
export function showCursor(
  source: string,
  options: CursorOptions & { checkpoint?: string },
): Promise<number> {
  return withStore(options, async (store) => {
    const live = await liveCursorOf(store, source);
    if (options.checkpoint === undefined) {
      console.log(isJson(options) ? JSON.stringify(marked(live)) : liveCursorText(live, Date.now()));
      return 0;
    }
    const checkpoint = await checkpointOf(store, source, options.checkpoint);
    console.log(
      isJson(options) ? JSON.stringify(marked(checkpoint)) : checkpointText(checkpoint, Date.now()),
    );
    return 0;
  });
}

/** Where a source stands. @throws ConfigError when there is no such source */
export async function liveCursorOf(store: Store, source: string): Promise<LiveCursor> {
  const live = await store.liveCursor(source);
  if (live !== null) return live;
  throw await unknownSource(store, source);
}

/** @throws ConfigError when the source has no such checkpoint */
export async function checkpointOf(store: Store, source: string, id: string): Promise<Checkpoint> {
  const checkpoint = isDecimalId(id) ? await store.checkpoint(id) : null;
  if (checkpoint?.source === source) return checkpoint;
  const whose =
    checkpoint === null ? `there is no checkpoint ${id}` : `checkpoint ${id} is of ${checkpoint.source}`;
  throw new ConfigError("TIDEMARK_USAGE", [`${whose}: run tidemark cursor list ${source}`]);
}

function marked<Stood extends Pick<LiveCursor, "cursor">>(stood: Stood): Stood & { mark: string } {
  return { ...stood, mark: cursorMark(stood.cursor) };
}
