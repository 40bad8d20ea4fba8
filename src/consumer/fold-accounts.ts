import type { AccountEvent } from "../core/event-schema.ts";
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
   * Takes the next record of its key. It is applied in any case, so that one violation does not cause a second.
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
 * Records of one key have to come in the order of their partition. Replays and snapshots may come at any time: they are
 * applied where they are newer, and nothing is expected of them. Not for topics that the broker has compacted already,
 * where versions only rise.
 */
export function foldAccounts(): AccountFold {
  const accounts = new Map<string, Known>();

  return {
    add(record) {
      const known = accounts.get(record.key) ?? { version: 0, lives: false, document: null };
      const at = `${record.shard}:${record.seq}`;
      if (record.kind === "tombstone") {
        return known.version > 0 && !known.lives
          ? []
          : [{ key: record.key, at, what: "a tombstone without a delete before it" }];
      }

      const { event } = record;
      const isRepeat = record.replay !== null || event.op === "snapshot";
      if (isRepeat && event.version <= known.version) return [];
      const { version, op, after } = event;
      accounts.set(record.key, { version, lives: op !== "deleted", document: after });
      return isRepeat ? [] : faultsOf(event, known).map((what) => ({ key: record.key, at, what }));
    },

    population() {
      const living = new Map<string, Document | null>();
      for (const [key, { lives, document }] of accounts) if (lives) living.set(key, document);
      return living;
    },
  };
}

function faultsOf(event: AccountEvent, { version, lives, document }: Known): string[] {
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
