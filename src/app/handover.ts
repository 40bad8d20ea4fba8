import type { NewEntry } from "../core/change.ts";
import { storedEntry } from "../core/event.ts";
import type { JournalRow } from "../ports/journal-store.ts";

/** More than this is not kept: the publisher reads it from the journal when its turn comes. */
const bytesKept = 4 * 1024 * 1024;

/**
 * Rows that were just committed, on their way to the publisher of the same process, so that it need not read them back. Only acknowledged
 * rows get in, and only those that are exactly the next to be published come out.
 */
export interface Handover {
  put(firstSeq: bigint, entries: readonly NewEntry[], batchNonce: string): void;
  /** Whether the publisher has more than one transaction's worth to do already. */
  isFull(): boolean;
  /** Up to about `limit` rows from this number on; none when they are not here or something is amiss, and the journal has to be read. */
  take(next: bigint, limit: number): JournalRow[];
}

export function createHandover(): Handover {
  const chunks = new Map<bigint, { rows: JournalRow[]; bytes: number }>();
  let bytes = 0;

  const remove = (firstSeq: bigint) => {
    bytes -= chunks.get(firstSeq)?.bytes ?? 0;
    chunks.delete(firstSeq);
  };

  return {
    put(firstSeq, entries, batchNonce) {
      const rows = entries.map((entry, index) => ({
        ...storedEntry(entry),
        seq: String(firstSeq + BigInt(index)),
        batchNonce,
      }));
      const size = rows.reduce((sum, { value }) => sum + value.length, 0);
      if (bytes + size > bytesKept) return;
      remove(firstSeq);
      chunks.set(firstSeq, { rows, bytes: size });
      bytes += size;
    },
    isFull: () => bytes > bytesKept / 2,
    take(next, limit) {
      // What is behind the position was published another way, or the database has gone back: reading the journal tells.
      const behind = [...chunks.keys()].filter((firstSeq) => firstSeq < next);
      for (const firstSeq of behind) remove(firstSeq);
      if (behind.length > 0) return [];
      const taken: JournalRow[] = [];
      for (let at = next; taken.length < limit;) {
        const chunk = chunks.get(at);
        if (chunk === undefined) break;
        taken.push(...chunk.rows);
        remove(at);
        at += BigInt(chunk.rows.length);
      }
      return taken;
    },
  };
}
