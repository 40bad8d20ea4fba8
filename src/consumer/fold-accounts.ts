import type { AccountEvent } from "../core/event-schema.ts";
import { isPublishedAgain, judgeRecord } from "./judge-record.ts";
import type { ParsedRecord } from "./parse-event.ts";

/** The account in a living account's event. */
type Document = NonNullable<AccountEvent["after"]>;

/** A record that does not follow from those before it. */
export interface Violation {
  key: string;
  /** Journal number of the record, with its shard: `3:1207`. */
  at: string;
  /** One sentence. */
  what: string;
}

/** The accounts that a topic tells of, built up record by record. */
export interface AccountFold {
  /**
   * Takes the next record of its key. What is newer is applied in any case, so that one violation does not cause a second.
   * @returns what is wrong with it; empty when it follows from the records before it.
   */
  add(record: ParsedRecord): Violation[];
  /** The accounts that live, by key; null for one whose last event was only a pointer: its document has to be had elsewhere. */
  population(): Map<string, Document | null>;
}

interface Known {
  version: number;
  lives: boolean;
  /** null when it is deleted, or told of by a pointer. */
  document: Document | null;
}

/**
 * Folds records into the current population and proves on the way that none is missing: per account the versions are
 * 1, 2, 3 …, the first event is an insert, after a delete comes an insert, and every `before` is the last `after` where no pointer hides one.
 *
 * Records of one key have to come in the order of their partition, each once. Replays and snapshots may come at any time: they are
 * applied where they are newer, and nothing is expected of them.
 * @param isCompacted  The broker may have removed records, so nothing is expected of any.
 */
export function foldAccounts({ isCompacted = false }: { isCompacted?: boolean } = {}): AccountFold {
  const accounts = new Map<string, Known>();

  return {
    add(record) {
      const known = accounts.get(record.key) ?? { version: 0, lives: false, document: null };
      const isPointer = known.lives && known.document === null;
      const judged = judgeRecord(record, { version: known.version, isPointer }, { isCompacted });
      if (judged.kind !== "ignore") accounts.set(record.key, after(record));
      if (isCompacted || isPublishedAgain(record)) return [];
      const at = `${record.shard}:${record.seq}`;
      return faultsOf(record, known).map((what) => ({ key: record.key, at, what }));
    },

    population() {
      const living = new Map<string, Document | null>();
      for (const [key, { lives, document }] of accounts) if (lives) living.set(key, document);
      return living;
    },
  };
}

function after(record: ParsedRecord): Known {
  const { version } = record;
  if (record.kind === "tombstone") return { version, lives: false, document: null };
  return { version, lives: record.event.op !== "deleted", document: record.event.after };
}

function faultsOf(record: ParsedRecord, { version, lives, document }: Known): string[] {
  if (record.kind === "tombstone") {
    const isOfADelete = version === record.version && !lives;
    return isOfADelete ? [] : ["a tombstone without a delete before it"];
  }
  const { event } = record;
  const faults: string[] = [];
  if (event.version !== version + 1) {
    faults.push(
      version === 0 ? `the first version is ${event.version}` : `version ${event.version} after ${version}`,
    );
  }
  if (event.op === "inserted") {
    if (lives) faults.push("inserted although it lives");
  } else if (!lives) {
    faults.push(`${event.op} although it does not live`);
  } else if (
    event.oversize === undefined &&
    document !== null &&
    JSON.stringify(event.before) !== JSON.stringify(document)
  ) {
    // Documents are canonical JSON: equal ones have equal texts.
    faults.push("`before` is not the last `after`");
  }
  return faults;
}
