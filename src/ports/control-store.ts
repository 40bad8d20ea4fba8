import type { PassCounts } from "./pass-store.ts";
import type { Intent, Source } from "./source-store.ts";

/** A pass that has ended. */
export interface EndedPass extends PassCounts {
  kind: "poll" | "sweep" | "look-back";
  outcome: "done" | "failed" | "not-offered";
  startedAt: string;
  endedAt: string;
  /** Why it failed, or why the upstream offered no sweep. */
  errorCode: string | null;
  error: string | null;
}

/** What a person asks about one source, besides its line of the overview. */
export interface SourceDetails {
  source: Source;
  /** The last few, newest first. Polls that changed nothing leave no trace. */
  passes: EndedPass[];
  intents: Intent[];
}

/** What became of the removal of a source: one that runs is not removed. */
export type Removal = "removed" | "running" | "no-such-source";

/** What an operator sees of a running installation, and takes back. */
export interface ControlStore {
  /** null when there is no such source. */
  sourceDetails(name: string): Promise<SourceDetails | null>;
  /** Those that are not done, oldest first, then at most so many of the others, newest first; those that a check has asked for are not told. */
  intents(wanted: { done: number }): Promise<Intent[]>;
  /** Takes an intent back, unless it is done. @returns false when it is, or there is none. */
  withdrawIntent(withdrawn: { id: string; actor: string }): Promise<boolean>;
  /** Forgets answers that were given longer ago, as previews hold documents, and whole checks, as doctors ask for many. @returns how many. */
  forgetAnswers(olderThanDays: number): Promise<number>;
  /**
   * Removes a source that is paused or halted. Its name stays taken, its events in the journal are still published; nothing is found under its name any
   * more, and nothing that was decided for it before can be committed.
   */
  removeSource(removed: { name: string; actor: string }): Promise<Removal>;
  /**
   * Forgets what is left of removed sources: accounts, holds, quarantine, passes, checkpoints; so many rows of each at most. To be repeated.
   * @returns how many rows it were; 0: nothing is left.
   */
  forgetRemoved(limit: number): Promise<number>;
}
