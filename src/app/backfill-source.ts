import { isDeepStrictEqual } from "node:util";
import type { Observation } from "../core/account.ts";
import { upstreamTimeOf } from "../core/account.ts";
import { versions } from "../core/cursor-version.ts";
import { SourceHaltedError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import { isJsonObject } from "../core/json.ts";
import type { Page } from "../ports/connector.ts";
import type { OpenReplay } from "../ports/store.ts";
import { commitPage } from "./commit-page.ts";
import { type ReadPage, decideAhead } from "./decide-page.ts";
import { type Pass, type PassEnd, commitStep, emptyStep, oneAhead } from "./pass.ts";
import { roomInJournal } from "./poll-source.ts";
import { storedCursor } from "./stored-cursor.ts";

/** A stretch in which nothing changed is written at least this often, so that a restart does not read it all again. */
const placeEveryMs = 1_000;

/** Where a backfill stands. */
type Place = {
  /** The connector's; the source's own is left alone. */
  cursor: JsonValue;
  /** The version of the connector's cursors that wrote it. */
  cursorVersion: number;
  /** Observations later than the range, which are left to the polls. */
  left: number;
};

/**
 * Reads again what has changed since a moment of the past, beside the live cursor. Its pages are those of a poll, and so are their guards; its place is
 * kept with the replay, so that it outlives a takeover. A cursor that the connector does not read any more, or that another version has written, ends it.
 * @param yields Told how many accounts a page had; true when the turn is to end.
 */
export async function backfillSource(
  pass: Pass,
  replay: OpenReplay,
  yields: (done: number) => boolean,
): Promise<PassEnd> {
  try {
    const begin = beginning(pass, replay);
    return typeof begin === "string"
      ? await giveUp(pass, replay, begin)
      : await readRange(pass, replay, begin, yields);
  } catch (error) {
    if (!(error instanceof SourceHaltedError) || error.code !== "TIDEMARK_SOURCE_CURSOR") throw error;
    return giveUp(pass, replay, error.message);
  }
}

async function readRange(
  pass: Pass,
  { id, until, done: before }: OpenReplay,
  begin: Place,
  yields: (done: number) => boolean,
): Promise<PassEnd> {
  const { connector, context, ports, lane } = pass;
  const { clock, log } = ports;
  let place = begin;
  let [read, unwritten] = [before, 0];
  let writtenAtMs = pass.startedAtMs;
  let isOver = false;
  const step = (hasEnded: boolean) => ({ id, position: place, done: unwritten, hasEnded });

  const pages = withinRange(connector.poll({ ...context, cursor: begin.cursor }), until, begin);
  for await (const decide of oneAhead(decideAhead(pass, oneAhead(pages, pass.abort)), pass.abort)) {
    // What was read ahead is thrown away, as in a look-back. Without another page it has come to its end, and is not to begin behind it.
    if (isOver) return "yielded";
    await roomInJournal(pass);
    const { cursor: after, ...page } = await decide();
    const next = placeIn(after) ?? place;
    // What is left to the polls was read, too: rejected items are measured by all of it, and people and polls do not wait for its end.
    const left = next.left - place.left;
    const hasMoved = page.observed + left > 0 || !isDeepStrictEqual(next.cursor, place.cursor);
    place = next;
    pass.counts.observed += left;
    read += page.observed;
    unwritten += page.observed;
    let outcome = await commitPage(pass, { ...page, replay: step(false) });
    isOver = hasMoved && yields(page.observed + left);
    if (outcome === "nothing-to-commit") {
      if (!isOver && clock.monotonicMs() - writtenAtMs < placeEveryMs) continue;
      outcome = await commitStep(pass, { ...emptyStep(pass), replay: step(false) });
    }
    if (outcome.kind !== "committed") return outcome.kind;
    unwritten = 0;
    writtenAtMs = clock.monotonicMs();
  }
  const outcome = await commitStep(pass, { ...emptyStep(pass), replay: step(true) });
  if (outcome.kind !== "committed") return outcome.kind;
  log.info("backfill.done", { source: lane.source.name, replay: id, read, left: place.left });
  return "done";
}

/** Where it goes on; a text says why it cannot. */
function beginning(pass: Pass, replay: OpenReplay): Place | string {
  const { connector, lane, ports } = pass;
  const { cursorVersion } = connector;
  const { name } = lane.source;
  const place = placeIn(replay.position);
  if (place !== null && place.cursorVersion !== cursorVersion)
    return `${versions("its place", place.cursorVersion, connector)}; begin it again: ${commandOf(name, replay)}`;
  if (place !== null) return place;
  if (connector.lookBack === null)
    return `connector ${connector.name} cannot be asked what changed since a moment: run tidemark source sweep ${name}`;
  const live = storedCursor(pass);
  const sinceMs = ports.clock.now() - Date.parse(replay.since ?? "");
  const cursor = live === null ? null : connector.lookBack.from(live, sinceMs);
  if (cursor === null) {
    const verb = lane.source.everyMs === null ? "sweep" : "poll";
    return `no poll has reached its end yet: run tidemark source ${verb} ${name}`;
  }
  return { cursor, cursorVersion, left: 0 };
}

function commandOf(name: string, { since, until }: OpenReplay): string {
  return `tidemark backfill ${name} --since ${since}${until === null ? "" : ` --until ${until}`}`;
}

async function giveUp({ lane, ports }: Pass, { id: replay }: OpenReplay, detail: string): Promise<PassEnd> {
  const { shard, term } = lane.shard;
  ports.log.error("backfill.failed", { source: lane.source.name, replay, reason: detail });
  return (await ports.store.failReplay({ shard, term, replay, detail })) ? "done" : "term-lost";
}

function placeIn(position: JsonValue | undefined): Place | null {
  if (!isJsonObject(position)) return null;
  // One that does not tell its version is from before there was a second one.
  const { cursor = null, cursorVersion = 1, left } = position;
  return { cursor, cursorVersion: Number(cursorVersion), left: Number(left) };
}

/** Pages without what is later than the range; the place after each is the backfill's. */
async function* withinRange(
  pages: AsyncGenerator<Page<JsonValue>, void, void>,
  until: string | null,
  { cursorVersion, left: leftBefore }: Place,
): AsyncGenerator<ReadPage, void, void> {
  let left = leftBefore;
  for await (const { observations, rejected, cursor } of pages) {
    const kept = observations.filter((one) => !isLater(one, until));
    left += observations.length - kept.length;
    yield { observations: kept, rejected, cursor: { cursor, cursorVersion, left } };
  }
}

/** What has no time is in every range. */
function isLater(observation: Observation, until: string | null): boolean {
  if (until === null || "present" in observation) return false;
  const at = "document" in observation ? upstreamTimeOf(observation.document) : observation.at;
  return at !== null && Date.parse(at) > Date.parse(until);
}
