import { cursorMark } from "./cursor-mark.ts";
import { type Place, whyOtherVersion } from "./cursor-version.ts";
import type { JsonValue } from "./json.ts";
import { orWhyNot } from "./what-to-do.ts";

/** What a connector says about cursors without knowing its settings. */
export interface CursorReader {
  name: string;
  /** Only cursors of this version can be read. */
  cursorVersion: number;
  /** What is wrong with a cursor of that version; nothing when it can be read. */
  cursorFaults(cursor: JsonValue): string[];
}

/** A move of a source's cursor that a person asks for. */
export interface AskedMove {
  /** The mark of the cursor that the asker has seen. */
  seen: string;
  /** Where to: without a version it is what the connector's own version reads. A text says why there is no such place. */
  to: (Pick<Place, "cursor"> & Partial<Place>) | string;
}

/**
 * Decides whether a source can go on at another cursor: not when it is not where the asker has seen it any more, nor where its connector could not go on.
 * @param readerOf What reads the cursors of this source. What it throws as a `TidemarkError` is a refusal, too.
 * @returns where it goes on; a text says why it does not, and what to type.
 */
export function judgeMove(
  { name, everyMs, cursor }: { name: string; everyMs: number | null; cursor: JsonValue | null },
  { seen, to }: AskedMove,
  readerOf: () => CursorReader,
): Place | string {
  if (everyMs === null)
    return `it is never polled and has no cursor; to read everything: tidemark source sweep ${name}`;
  if (cursorMark(cursor) !== seen)
    return `the cursor has moved since it was seen; look again: tidemark cursor show ${name}`;
  const reader = orWhyNot(readerOf, name);
  if (typeof reader === "string") return reader;
  if (typeof to === "string") return to;
  const place = { cursor: to.cursor, cursorVersion: to.cursorVersion ?? reader.cursorVersion };
  return whyUnreadable(place, reader, name) ?? place;
}

/** Why the connector could not go on there; null: it can. */
function whyUnreadable(place: Place, reader: CursorReader, name: string): string | null {
  const why = whyOtherVersion(place, reader, name);
  if (why !== null || place.cursor === null) return why;
  const faults = reader.cursorFaults(place.cursor);
  if (faults.length === 0) return null;
  return `${reader.name} cannot read that cursor (${faults.join("; ")}); compare it: tidemark cursor show ${name}`;
}
