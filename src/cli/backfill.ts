import { whyOtherVersion } from "../core/cursor-version.ts";
import { ConfigError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import { orWhyNot } from "../core/what-to-do.ts";
import type { Source, Store } from "../ports/store.ts";
import { wireConnector } from "../wire.ts";
import { actor } from "./ask-owner.ts";
import { instantOption } from "./instant-option.ts";
import { unknownSource } from "./no-such-source.ts";
import { isJson } from "./options.ts";
import { refuse } from "./refuse.ts";
import { showReplay } from "./replay-progress.ts";
import { since as sinceText } from "./since.ts";
import { paceOf } from "./pace-option.ts";
import type { SnapshotOptions } from "./snapshot.ts";
import { withStore } from "./with-store.ts";
import { shortened } from "./shortened.ts";
import { wrap } from "./wrap.ts";

interface BackfillOptions extends SnapshotOptions {
  since: string;
  until?: string;
}

interface Range {
  since: string;
  /** null: up to now. */
  until: string | null;
}

/** `tidemark backfill <source> --since …`: reads a range again beside the live cursor, and shows how far that is until it is done. */
export async function backfill(name: string, options: BackfillOptions): Promise<number> {
  const nowMs = Date.now();
  const range = rangeOf(name, options, nowMs);
  const pace = paceOf(options);
  return withStore(options, async (store) => {
    const source = await found(store, name);
    const beginning = beginningOf(source, range, nowMs);
    if (typeof beginning === "string") return refuse(beginning);
    if (options.dryRun === true) {
      const plan = { source: name, ...range, cursor: beginning.cursor, accounts: null };
      console.log(isJson(options) ? JSON.stringify(plan) : planText(plan, nowMs));
      return 0;
    }
    const begun = await store.startReplay({ kind: "backfill", source: name, ...range, actor: actor(), pace });
    if ("kind" in begun) return refuse(notPolledYet(name));
    return showReplay(store, begun.id, options);
  });
}

/** @throws ConfigError when it is no range of the past */
function rangeOf(name: string, options: BackfillOptions, nowMs: number): Range {
  const since = instantOption("--since", options.since, nowMs);
  const until = options.until === undefined ? null : instantOption("--until", options.until, nowMs);
  if (since < (until ?? new Date(nowMs).toISOString())) return { since, until };
  throw new ConfigError("TIDEMARK_USAGE", [
    `--since must be earlier than --until, and both be in the past; to read up to now: tidemark backfill ${name} --since ${options.since}`,
  ]);
}

/** @throws ConfigError when there is no such source */
async function found(store: Store, name: string): Promise<Source> {
  const details = await store.sourceDetails(name);
  if (details === null) throw await unknownSource(store, name);
  return details.source;
}

/** Where it begins; a text says why it cannot. */
function beginningOf(
  { name, connector: called, cursor: live, cursorVersion, isLoaded, everyMs }: Source,
  { since }: Range,
  nowMs: number,
): { cursor: JsonValue } | string {
  const connector = orWhyNot(() => wireConnector(called), name);
  if (typeof connector === "string") return `${name}: ${connector}`;
  const { lookBack } = connector;
  if (lookBack === null || everyMs === null)
    return `connector ${called} cannot be asked what has changed since a moment\n  Read everything instead: tidemark source sweep ${name}`;
  const why = whyOtherVersion({ cursor: live, cursorVersion }, connector, name);
  if (why !== null) return `${name}: ${why}`;
  const cursor = isLoaded && live !== null ? lookBack.from(live, nowMs - Date.parse(since)) : null;
  return cursor === null ? notPolledYet(name) : { cursor };
}

function notPolledYet(name: string): string {
  return `no poll of ${name} has reached its end yet, so there is no cursor to begin with\n  Poll it first: tidemark source poll ${name}`;
}

function planText(
  { source, since, until, cursor }: Range & { source: string; cursor: JsonValue },
  nowMs: number,
): string {
  const end = until === null ? "now" : sinceText(until, nowMs);
  return [
    wrap(`${source}: what has changed between ${sinceText(since, nowMs)} and ${end} would be read again.`),
    "It would begin at this cursor, and leave the live one alone:",
    `  ${shortened(JSON.stringify(cursor), 78)}`,
    "How many accounts that are, nobody can tell before they are read.",
    "Nothing was begun: leave out --dry-run.",
  ].join("\n");
}
