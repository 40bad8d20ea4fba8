import type { AccountEvent } from "../core/event-schema.ts";
import type { ParsedRecord } from "./parse-event.ts";

/** The account in a living account's event. */
type Document = Extract<AccountEvent, { op: "inserted" }>["after"];

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
  /** The accounts that live, by key. */
  population(): Map<string, Document>;
}

interface Known {
  version: number;
  /** null once it is deleted. */
  document: Document | null;
}

/**
 * Folds records into the current population and proves on the way that none is missing: per account the versions are
 * 1, 2, 3 …, the first event is an insert, after a delete comes an insert, and every `before` is the last `after`.
 *
 * Records of one key have to come in the order of their partition. Replays and snapshots may come at any time: they are
 * applied where they are newer, and nothing is expected of them. Not for topics that the broker has compacted already,
 * where versions only rise.
 */
export function foldAccounts(): AccountFold {
  const accounts = new Map<string, Known>();

  return {
    add(record) {
      const known = accounts.get(record.key) ?? { version: 0, document: null };
      const at = `${record.shard}:${record.seq}`;
      if (record.kind === "tombstone") {
        return known.version > 0 && known.document === null
          ? []
          : [{ key: record.key, at, what: "a tombstone without a delete before it" }];
      }

      const { event } = record;
      const isRepeat = record.replay !== null || event.op === "snapshot";
      if (isRepeat && event.version <= known.version) return [];
      accounts.set(record.key, { version: event.version, document: event.after });
      return isRepeat ? [] : faultsOf(event, known).map((what) => ({ key: record.key, at, what }));
    },

    population() {
      const living = new Map<string, Document>();
      for (const [key, { document }] of accounts) if (document !== null) living.set(key, document);
      return living;
    },
  };
}

function faultsOf(event: AccountEvent, { version, document }: Known): string[] {
  const faults: string[] = [];
  if (event.version !== version + 1) {
    faults.push(
      version === 0 ? `the first version is ${event.version}` : `version ${event.version} after ${version}`,
    );
  }
  if (event.op === "inserted") {
    if (document !== null) faults.push("inserted although it lives");
  } else if (document === null) {
    faults.push(`${event.op} although it does not live`);
  } else if (JSON.stringify(event.before) !== JSON.stringify(document)) {
    // Documents are canonical JSON: equal ones have equal texts.
    faults.push("`before` is not the last `after`");
  }
  return faults;
}
