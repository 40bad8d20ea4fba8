import type { NewEntry, Op } from "./change.ts";
import { eventValue } from "./event.ts";
import type { JsonValue } from "./json.ts";

/** What a source would do if it were polled now. */
export type Preview = {
  /** A source that is never polled is read as a sweep reads it, but nothing is said of what is absent. */
  kind: "poll" | "sweep";
  pages: number;
  observed: number;
  /** The pass was read to its end. */
  isWhole: boolean;
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  /** Observations that would change nothing until a person has decided. */
  held: number;
  /** What would newly wait for a person. */
  holds: { reason: string; accounts: number; detail: string }[];
  /** Items that would go into quarantine, and why, the first few reasons. */
  rejected: number;
  reasons: string[];
  /** Why the source would halt; null: it would not. */
  halts: string | null;
  /** The first of what would be published, in order. */
  events: PreviewedEvent[];
};

/** An event as it would be published; without its documents where they would make the answer too large. */
export type PreviewedEvent = {
  op: Op;
  id: string;
  version: number;
  changed: string[];
  before?: JsonValue;
  after?: JsonValue;
};

/** What the owner of a source answers. */
export type PreviewAnswer =
  | { preview: Preview }
  /** The upstream could not be asked, or did not answer as it should. */
  | { failure: { code: string; message: string; whatToDo: string } };

/** How much is told: the answer is kept in one row, and travels to who has asked. */
const most = { events: 20, bytes: 48 * 1_024 };

/** The first of what would be published. */
export function firstEvents(entries: readonly NewEntry[]): PreviewedEvent[] {
  const events: PreviewedEvent[] = [];
  let left = most.bytes;
  for (const entry of entries.slice(0, most.events)) {
    const { changed, before, after } = JSON.parse(eventValue(entry)) as Required<PreviewedEvent>;
    const slim = { op: entry.op, id: entry.accountId, version: entry.version, changed };
    const event = [{ ...slim, before, after }, slim].find((one) => bytesOf(one) <= left);
    if (event === undefined) return events;
    left -= bytesOf(event);
    events.push(event);
  }
  return events;
}

function bytesOf(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}
