import type { JsonValue } from "../core/json.ts";
import { commitPage } from "./commit-page.ts";
import { decideAhead } from "./decide-page.ts";
import { type Pass, type PassEnd, type SoFar, oneAhead, soFar } from "./pass.ts";
import { finishPass, roomInJournal } from "./poll-source.ts";
import { storedCursor } from "./stored-cursor.ts";

/** A look-back that has given way to a poll. It lives in memory: after a restart it begins anew. */
export interface LookingBack {
  /** Where it goes on. */
  cursor: JsonValue;
  /** Of all its turns before. */
  before: SoFar;
}

/**
 * One pass over what has changed lately, for what became visible after polls had passed its time. In turns, as a sweep: it gives way as soon as
 * `mustYield` says so. Its pages are those of a poll, but the source's cursor stays where it is.
 */
export async function lookBack(pass: Pass, mustYield: () => boolean): Promise<PassEnd> {
  const { lane, connector, context } = pass;
  if (lane.lookingBack === null) lane.lookingBack = beginning(pass);
  if (lane.lookingBack === null) return finishPass(pass, "look-back");
  const { cursor: from, before } = lane.lookingBack;
  Object.assign(pass, before);

  const pages = connector.poll({ ...context, cursor: from });
  let isOver = false;
  for await (const decide of oneAhead(decideAhead(pass, oneAhead(pages, pass.abort)), pass.abort)) {
    // What was read ahead is thrown away: the poll that comes now may see newer states of the same accounts. Without another page it has come to
    // its end, and is not to begin behind it.
    if (isOver) return "yielded";
    await roomInJournal(pass);
    const { cursor = from, ...page } = await decide();
    const outcome = await commitPage(pass, page);
    if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
    lane.lookingBack = { cursor, before: soFar(pass) };
    isOver = page.observed > 0 && mustYield();
  }
  return finishPass(pass, "look-back");
}

/** From the connector's window before the time that the last look-back had reached; null when nothing has been read yet. */
function beginning(pass: Pass): LookingBack | null {
  const { connector, startedAtMs } = pass;
  const { source, lookedBackAtMs } = pass.lane;
  if (source.lookBack === null || connector.lookBack === null) return null;
  const stored = storedCursor(pass);
  if (stored === null) return null;
  const sinceLastMs = lookedBackAtMs === null ? source.lookBack.everyMs : startedAtMs - lookedBackAtMs;
  const cursor = connector.lookBack.from(stored, source.lookBack.windowMs + sinceLastMs);
  return cursor === null ? null : { cursor, before: soFar(pass) };
}
