import type { JsonValue } from "../core/json.ts";

/** Where a source once stood. */
export interface Checkpoint {
  id: string;
  source: string;
  /** null: before the first poll. */
  cursor: JsonValue | null;
  /** The version of the connector's cursors that can read it. */
  cursorVersion: number;
  /** The shard and its last journal number at that moment. */
  shard: number;
  seq: string;
  population: number;
  /** The pass that ended, or the verb of what a person did, which then came after it. */
  reason: string;
  /** null: nobody asked for it. */
  actor: string | null;
  at: string;
}

/** How old checkpoints become: up to `allMs` all of them are kept, up to `hourlyMs` the last of each hour, up to `dailyMs` the last of each day (UTC). */
export interface CheckpointAges {
  allMs: number;
  hourlyMs: number;
  dailyMs: number;
}

/** Where a source stands. */
export interface LiveCursor extends Pick<
  Checkpoint,
  "source" | "cursor" | "cursorVersion" | "shard" | "seq" | "population"
> {
  revision: string;
  /** When it was written, by a poll or by a person; null: there is none. */
  movedAt: string | null;
}

/** What was journalled of a source after a number of its shard, replays aside. */
export interface ChangesSince {
  events: number;
  /** Of how many accounts. */
  accounts: number;
  /** When the first and the last of them were journalled; null when there are none. */
  firstAt: string | null;
  lastAt: string | null;
}

/** Which checkpoints are listed. */
export interface WantedCheckpoints {
  source: string;
  limit: number;
  /** Only those that are older than this one of them; none are when it is gone. */
  before?: string | undefined;
}

/** Stored past cursors. They are written by `commit` and `finishIntent`, together with what they tell of. */
export interface CheckpointStore {
  /** null when there is no such source. */
  liveCursor(source: string): Promise<LiveCursor | null>;
  /** Newest first. */
  checkpoints(wanted: WantedCheckpoints): Promise<Checkpoint[]>;
  /** One checkpoint, by its id; null when there is none (any more). */
  checkpoint(id: string): Promise<Checkpoint | null>;
  /** The newest checkpoint of a source at or before that moment (ISO-8601); null when there is none so early. */
  checkpointAt(source: string, at: string): Promise<Checkpoint | null>;
  /** Its oldest checkpoint; null when it has none. */
  firstCheckpoint(source: string): Promise<Checkpoint | null>;
  /** Thins them out with age; the newest of a source stays. @returns how many are gone. */
  thinCheckpoints(ages: CheckpointAges): Promise<number>;
  /** What was journalled of a source after that number; null when some of it has left the journal. */
  changesSince(source: string, seq: string): Promise<ChangesSince | null>;
}
