import type { Observation, RejectedItem } from "../core/account.ts";
import { tooManyRejected } from "../core/guard.ts";
import { type Preview, type PreviewAnswer, firstEvents } from "../core/preview.ts";
import type { Source } from "../ports/store.ts";
import { type CarriedOut, refused } from "./carried-out.ts";
import { decidePage } from "./decide-page.ts";
import { guardPage } from "./guard-page.ts";
import { type Lane, refreshLane } from "./lane.ts";
import { pagesFromHere } from "./pages-from-here.ts";
import { type Pass, startPass } from "./pass.ts";
import { upstreamFailure } from "./upstream-failure.ts";
import { within } from "./within.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** Where a preview stops reading. */
const most = { pages: 5, observations: 1_000 };
const upstream = {
  who: "the upstream",
  limitMs: 30_000,
  code: "TIDEMARK_UPSTREAM_UNAVAILABLE",
} as const;

/** How many of the reasons are told why items were not understood. */
const toldReasons = 3;

/** What was read of the upstream. */
interface Reading {
  observations: Observation[];
  rejected: RejectedItem[];
  pages: number;
  isWhole: boolean;
}

/**
 * Asks the upstream once, from the live cursor, and tells what would be published, without storing anything. A source that is never polled is read from
 * the beginning of a sweep. What was read is decided and guarded as one page. An upstream that fails is an answer, too, and no failure of the source.
 * @returns null when the shard was given up meanwhile.
 * @throws RetryableError when the database cannot tell what is known.
 */
export async function previewSource(lane: Lane, ports: WorkerPorts): Promise<CarriedOut | null> {
  const source = await ports.store.loadSource(lane.source.id);
  if (source === null) return null;
  refreshLane(lane, source, ports.clock);
  let pass: Pass | undefined;
  try {
    pass = startPass(source.everyMs === null ? "sweep" : "poll", lane, ports);
    if (source.population > 0 && (pass.privacy?.fingerprint ?? null) !== source.privacyApplied)
      return refused(firstUnderNewRules(source));
    // A connector may not listen to its signal: nobody waits for it any longer.
    const reading = await within(upstream, read(pass), ports.clock);
    if ("error" in reading) throw reading.error;
    const answer: PreviewAnswer = { preview: await preview(pass, reading.answer) };
    return { outcome: "done", answer };
  } catch (error) {
    if (lane.shard.signal.aborted) return null;
    const answer: PreviewAnswer = { failure: upstreamFailure(error) };
    return { outcome: "done", answer };
  } finally {
    pass?.abort.abort(new Error("the preview has ended"));
  }
}

function firstUnderNewRules({ name, everyMs }: Source): string {
  const pass = everyMs === null ? "sweep" : "poll";
  return `what is stored comes under its new privacy rules with the next pass; to begin it: tidemark source ${pass} ${name}`;
}

async function read(pass: Pass): Promise<Reading> {
  const reading: Reading = { observations: [], rejected: [], pages: 0, isWhole: true };
  for await (const { observations, rejected } of pagesFromHere(pass)) {
    reading.observations.push(...observations);
    reading.rejected.push(...rejected);
    reading.pages += 1;
    if (reading.pages < most.pages && reading.observations.length < most.observations) continue;
    reading.isWhole = false;
    break;
  }
  return reading;
}

async function preview(pass: Pass, { pages, isWhole, ...said }: Reading): Promise<Preview> {
  const decided = await decidePage(pass, said);
  const { page, holds } = guardPage(pass, decided);
  const { changes, rejected } = page;
  const { rejectLimit } = pass.lane.source;
  return {
    kind: pass.kind === "sweep" ? "sweep" : "poll",
    pages,
    observed: page.observed,
    isWhole,
    inserted: changes.inserted,
    updated: changes.updated,
    deleted: changes.deleted,
    unchanged: changes.unchanged,
    held: page.held,
    holds: holds.map(({ reason, detail, changes: waiting }) => ({
      reason,
      accounts: waiting.length,
      detail,
    })),
    rejected: rejected.length,
    reasons: [...new Set(rejected.map(({ reason }) => reason.slice(0, 200)))].slice(0, toldReasons),
    halts: tooManyRejected(rejected.length, page.observed, rejectLimit)
      ? `${rejected.length} items could not be understood`
      : null,
    events: firstEvents(changes.entries),
  };
}
