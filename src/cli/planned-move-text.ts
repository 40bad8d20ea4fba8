import type { ChangesSince } from "../ports/store.ts";
import { counted } from "./counted.ts";
import { type MovedSource, cursorText } from "./cursor-text.ts";
import { since } from "./since.ts";
import { wrap } from "./wrap.ts";

/** Where a source would be sent, and what its next poll would bring again. */
export interface PlannedMove extends Pick<MovedSource, "source" | "before" | "after"> {
  /** All that it knows, when everything is read; null: nobody can tell how many. */
  accounts: number | null;
  /** What was journalled of the source since it stood there; null: nobody can tell, or everything is read. */
  changes: ChangesSince | null;
  /** What comes unchanged is published again. */
  republish: boolean;
  /** So many events per second at most; null: no limit. */
  pace: number | null;
}

/** A move that was not carried out, as text of at most 80 columns. */
export function plannedMoveText(
  { source, before, after, accounts, changes, republish, pace }: PlannedMove,
  nowMs: number,
): string {
  return [
    `${source} would go on at another cursor`,
    `  before  ${cursorText(before)}`,
    `  after   ${cursorText(after)}`,
    wrap(`comes again: ${comesAgain(accounts, changes)}`, "  "),
    ...(changes?.firstAt == null ? [] : [`  from    ${since(changes.firstAt, nowMs)}`]),
    ...(changes?.lastAt == null ? [] : [`  to      ${since(changes.lastAt, nowMs)}`]),
    `  What comes unchanged is ${republish ? `published again${atMost(pace)}` : "not published"}.`,
    "Nothing was done: leave out --dry-run.",
  ].join("\n");
}

function atMost(pace: number | null): string {
  return pace === null ? "" : `, ${counted(pace)} a second at most`;
}

function comesAgain(accounts: number | null, changes: ChangesSince | null): string {
  if (accounts !== null) return `everything, ${counted(accounts, "account")}`;
  if (changes === null) return "nobody can tell how much before it is read";
  return `what has changed since, about ${counted(changes.accounts, "account")} in ${counted(changes.events, "event")}`;
}
