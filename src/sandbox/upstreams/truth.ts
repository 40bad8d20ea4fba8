import { seededRandom } from "./random.ts";
import type { Random } from "./random.ts";

/** The members of an account as the upstream would serve them. */
export type AccountRecord = Readonly<Record<string, unknown>>;

/** One state that an account once had. A history only grows. */
export interface Version {
  readonly id: string;
  /** 1, 2, 3 … per account. */
  readonly number: number;
  readonly op: "insert" | "update" | "delete";
  /** When it happened, by the upstream's clock, in milliseconds since 1970. */
  readonly atMs: number;
  readonly createdAtMs: number;
  /** The record as the upstream serialises it, once; null after a delete. */
  readonly json: string | null;
  /** What the upstream's lists are divided by (SailPoint: the source); "" where they are not. */
  readonly group: string;
}

/** What a kind of upstream knows about its accounts. */
export interface AccountKind {
  /** A new id; never the same for two ordinals. */
  idOf(ordinal: number): string;
  /** A new account, without id and times. */
  create(ordinal: number, random: Random): AccountRecord;
  /** A copy that differs in at least one member. */
  alter(record: AccountRecord, random: Random): AccountRecord;
  /** The record with its id and times, as it is served. */
  stamp(record: AccountRecord, stamp: Stamp): AccountRecord;
  groupOf(record: AccountRecord): string;
}

export interface Stamp {
  readonly id: string;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly isNew: boolean;
}

/** One change to make. `recreate` removes an account and makes it again under a new id. */
export interface Change {
  readonly op: "insert" | "update" | "delete" | "recreate";
  /** Which account; any living one (or, for an insert, a new id) when left out. */
  readonly id?: string | undefined;
  /** Members to set, nested objects merged; made up when left out. */
  readonly changes?: AccountRecord | undefined;
}

/** Everything that ever happened to the accounts of one upstream. */
export interface Truth {
  readonly population: number;
  /** How many versions there are. */
  readonly size: number;
  /** The newest version of an account, which may be its deletion. */
  latest(id: string): Version | undefined;
  history(id: string): readonly Version[];
  /** Living accounts by position; a position means the same account until something changes. */
  living(from: number, to: number): Version[];
  /** @throws Error when the account that is named does not exist, already does, or has changed after `atMs`. */
  apply(change: Change, atMs: number): Version[];
  /** Takes a version that was kept. */
  restore(version: Version): void;
}

export function seededTruth(kind: AccountKind, seed: number): Truth {
  const histories = new Map<string, Version[]>();
  const alive: string[] = [];
  const places = new Map<string, number>();
  let size = 0;
  let ordinals = 0;

  function append(version: Version): Version {
    const history = histories.get(version.id);
    if (history === undefined) histories.set(version.id, [version]);
    else history.push(version);
    size += 1;
    if (version.op === "insert") {
      ordinals += 1;
      places.set(version.id, alive.push(version.id) - 1);
    }
    if (version.op === "delete") leave(version.id);
    return version;
  }

  function leave(id: string): void {
    const place = places.get(id) as number;
    const last = alive.pop() as string;
    places.delete(id);
    if (last === id) return;
    alive[place] = last;
    places.set(last, place);
  }

  const latest = (id: string): Version | undefined => histories.get(id)?.at(-1);

  function write(id: string, record: AccountRecord, op: "insert" | "update", atMs: number): Version {
    const before = latest(id);
    const createdAtMs = op === "update" && before !== undefined ? before.createdAtMs : atMs;
    const stamped = kind.stamp(record, { id, createdAtMs, changedAtMs: atMs, isNew: op === "insert" });
    const number = (before?.number ?? 0) + 1;
    const group = kind.groupOf(stamped);
    return append({ id, number, op, atMs, createdAtMs, json: JSON.stringify(stamped), group });
  }

  function target(id: string | undefined, atMs: number, random: Random): Version & { json: string } {
    const version = latest(id ?? alive[random.below(alive.length)] ?? "");
    if (version === undefined || version.json === null) {
      throw new Error(`there is no living account ${id ?? "at all"}`);
    }
    if (atMs < version.atMs)
      throw new Error(`account ${version.id} has changed since ${new Date(atMs).toISOString()}`);
    return { ...version, json: version.json };
  }

  function insert(change: Change, atMs: number, random: Random): Version {
    const id = change.id ?? kind.idOf(ordinals);
    if (places.has(id)) throw new Error(`account ${id} already exists`);
    return write(id, merge(kind.create(ordinals, random), change.changes ?? {}), "insert", atMs);
  }

  function remove(version: Version, atMs: number): Version {
    return append({ ...version, number: version.number + 1, op: "delete", atMs, json: null });
  }

  function apply(change: Change, atMs: number): Version[] {
    // Randomness depends on the number of the change alone, so that a restart goes on as if nothing had happened.
    const random = seededRandom(seed, size, 0x7247);
    if (change.op === "insert") return [insert(change, atMs, random)];
    const before = target(change.id, atMs, random);
    if (change.op === "delete") return [remove(before, atMs)];
    const record = JSON.parse(before.json) as AccountRecord;
    if (change.op === "recreate") {
      const again = merge(record, change.changes ?? {});
      return [remove(before, atMs), write(kind.idOf(ordinals), again, "insert", atMs)];
    }
    const altered = change.changes === undefined ? kind.alter(record, random) : merge(record, change.changes);
    return [write(before.id, altered, "update", atMs)];
  }

  return {
    get population() {
      return alive.length;
    },
    get size() {
      return size;
    },
    latest,
    history: (id) => histories.get(id) ?? [],
    living: (from, to) => alive.slice(from, to).map((id) => latest(id) as Version),
    apply,
    restore: (version) => void append(version),
  };
}

function merge(record: AccountRecord, changes: AccountRecord): AccountRecord {
  const merged: Record<string, unknown> = { ...record };
  for (const [name, value] of Object.entries(changes)) {
    const before = merged[name];
    merged[name] = isRecord(before) && isRecord(value) ? merge(before, value) : value;
  }
  return merged;
}

function isRecord(value: unknown): value is AccountRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
