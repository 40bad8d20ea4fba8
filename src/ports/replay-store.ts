import type { Op } from "../core/change.ts";
import type { JsonValue } from "../core/json.ts";
import type { CommitOutcome } from "./pass-store.ts";

/**
 * What is published again, or read again, because a person wants it: events of the journal as they were, one event per known account, what the
 * poll after a rewind returns, or what has changed at the upstream within a range.
 */
export type ReplayKind = "journal" | "snapshot" | "republish" | "backfill";

/** `done` when every shard has carried its part out. */
export type ReplayState = "running" | "paused" | "done" | "cancelled" | "failed";

/** What is selected of the journal; null: everything. */
export interface JournalSelection {
  accountId: string | null;
  ops: readonly Op[] | null;
  /** Where to; null: the topic of each event. */
  topic: string | null;
}

/** What a person asks for. */
export type AskedReplay = {
  actor: string;
  /** Events per second; null: as fast as the live feed allows. */
  pace: number | null;
} & (
  | ({
      kind: "journal";
      /** null: every source. */
      source: string | null;
      /**
       * From this number of a shard on, or from the first event of each shard that was journalled at this moment or later. Times do not rise strictly
       * with numbers (commits wait for each other): every event of that time comes, and what lies between the first and the last number comes along,
       * whatever its own time.
       */
      from: { shard: number; seq: string } | { since: string };
      /** Up to the last event that was journalled before this moment; null: up to now. */
      until: string | null;
    } & JournalSelection)
  | { kind: "snapshot"; source: string }
  | { kind: "backfill"; source: string; since: string; until: string | null }
);

/** What a replay would bring. */
export interface ReplayEstimate {
  /** Events, or accounts; null: nobody can tell before it has been read. */
  events: number | null;
  /** When the first and the last of them were journalled; null when there are none, or nobody can tell. */
  firstAt: string | null;
  lastAt: string | null;
  /** The shards that have some of it, and the topics that would get it; in order. */
  shards: number[];
  topics: string[];
}

/** Why a replay is not begun. */
export type ReplayRefusal =
  | { kind: "no-such-source" }
  | { kind: "no-such-shard" }
  /** The source was never polled to its end, or is never polled: there is no cursor to read a range with. */
  | { kind: "nothing-to-read" }
  /** These events would go into a compacted topic, where an old one would outlive a newer one. */
  | { kind: "compacted"; topic: string }
  /** The journal of that shard does not reach back so far: the earliest number and time that can be asked for; null: it is empty. */
  | { kind: "gone"; shard: number; earliest: { seq: string; at: string } | null };

/** A replay with its progress. */
export interface Replay extends JournalSelection {
  id: string;
  kind: ReplayKind;
  source: string | null;
  /** Of a backfill. */
  since: string | null;
  until: string | null;
  pace: number | null;
  state: ReplayState;
  /** Why it failed. */
  detail: string | null;
  actor: string;
  askedAt: string;
  endedAt: string | null;
  /** Events that were thought to come, or accounts; null: nobody could tell. */
  expected: number | null;
  done: number;
  parts: {
    shard: number;
    nextSeq: string | null;
    endSeq: string | null;
    done: number;
    endedAt: string | null;
  }[];
}

/** The part of a replay that the owner of a shard has to carry out. */
export interface OpenReplay extends JournalSelection {
  id: string;
  kind: ReplayKind;
  shard: number;
  sourceId: number | null;
  since: string | null;
  until: string | null;
  /** This part's share of the pace: of as many parts as were open when it was read. */
  pace: number | null;
  /** Of the journal: the next number to be looked at, and the last one. */
  nextSeq: string | null;
  endSeq: string | null;
  /** Of all else: where it stands; null at its beginning. */
  position: JsonValue | null;
  done: number;
}

/** What of a journal replay is carried out at once. */
export interface ReplaySlice {
  shard: number;
  term: string;
  replay: string;
  nextSeq: string;
  limit: number;
  maxEvents: number;
  maxBytes: number;
  nonce: string;
}

export type SliceOutcome =
  | { kind: "replayed"; events: number; lastSeq: string; nextSeq: string; hasEnded: boolean }
  | { kind: "gone" }
  | { kind: "compacted"; topic: string }
  | Exclude<CommitOutcome, { kind: "committed" }>;

/** Which replays are listed. */
export interface WantedReplays {
  limit: number;
  /** Only those that were asked for before this one. */
  before?: string | undefined;
  /** Only those that concern this source: its own, and those of every source. */
  source?: string | undefined;
  /** Only those that run or are paused. */
  isOpen?: boolean;
}

/** Replays: what was asked for, and how far their owners are. Only owners advance them, under their term. */
export interface ReplayStore {
  /** What it would bring, without beginning it. */
  estimateReplay(asked: AskedReplay): Promise<ReplayEstimate | ReplayRefusal>;
  /** Begins a replay: its range is settled here, so that it never meets what it writes itself. Owners are told. */
  startReplay(asked: AskedReplay): Promise<{ id: string } | ReplayRefusal>;
  /** Newest first. */
  replays(wanted: WantedReplays): Promise<Replay[]>;
  replay(id: string): Promise<Replay | null>;
  /** @returns false when it is not in a state in which that can be done. */
  steerReplay(id: string, verb: "pause" | "resume" | "cancel"): Promise<boolean>;
  /** What is running and has work left in these shards, oldest first. */
  openReplays(shards: readonly number[]): Promise<OpenReplay[]>;
  /**
   * Copies the next events of a journal replay to the end of the journal and advances it, in one statement under the shard's term. It looks at the next
   * `limit` numbers and takes at most `maxEvents` of them, of about `maxBytes` together (at least one); what was a replay itself is left out.
   * @param slice.nonce Marks what is written, as a commit does.
   * @returns `stale` when the replay does not run any more, or does not stand at `nextSeq`; `gone` when the journal does not hold that number any more;
   *   `compacted` when events would go into such a topic. Nothing was done then.
   */
  replaySlice(slice: ReplaySlice): Promise<SliceOutcome>;
  /** Ends a replay that cannot go on. @returns false when the term is lost. */
  failReplay(failed: { shard: number; term: string; replay: string; detail: string }): Promise<boolean>;
}
