import { RetryableError } from "../../core/errors.ts";
import { type JsonValue, isJsonObject } from "../../core/json.ts";
import type { ConnectorContext, Page } from "../../ports/connector.ts";
import type { Log } from "../../ports/log.ts";
import { isRejectedRequest } from "../refused-cursor.ts";
import { warnIfAhead } from "../warn-if-ahead.ts";
import { observe } from "./account.ts";
import { sailPointApi } from "./api.ts";
import type { SailPointCursor, SailPointPass } from "./cursor.ts";
import { type Leg, changedAt, legs, stampOf } from "./legs.ts";
import type { SailPointSettings } from "./settings.ts";
import { type Step, nextRows, rebased, startOf } from "./walk.ts";

/**
 * How far before the watermark a pass begins: SailPoint promises no order of visibility, so a change may show up late.
 * What is read again and did not change produces nothing downstream.
 */
export const overlapMs = 300_000;

/** One pass forward: everything the first time, then what changed since the watermark. */
export async function* poll(
  context: ConnectorContext<SailPointSettings> & { cursor: SailPointCursor | null },
): AsyncGenerator<Page<SailPointCursor>, void, void> {
  const api = sailPointApi(context);
  let cursor: SailPointCursor = context.cursor ?? { watermark: null, strategy: "filter", pass: null };
  for (;;) {
    const pass = cursor.pass ?? beginning(cursor);
    const leg = legs[pass.leg];
    const query = leg.query(pass.place.from);
    let step: Step;
    try {
      step = await nextRows(
        { read: (range) => api.accounts(query, range), sortedBy: leg.sortedBy },
        pass.place,
      );
    } catch (error) {
      if (leg.reads !== "filter" || !isRejectedRequest(error)) throw error;
      cursor = withoutFilter(cursor, context.log);
      continue;
    }
    if (step.outcome === "lost") {
      yield { observations: [], rejected: [], cursor: { ...cursor, pass: restarted(pass) } };
      throw new RetryableError(
        "TIDEMARK_UPSTREAM_UNAVAILABLE",
        "The list of accounts moved too much while it was read; the pass starts again",
      );
    }
    if (leg.reads === "filter" && step.rows.some((row) => isBefore(row, leg, pass))) {
      cursor = withoutFilter(cursor, context.log);
      continue;
    }
    const { kept, reachedBound, sawModified } = select(step.rows, leg, pass);
    const read: SailPointPass = {
      ...pass,
      startedAt: pass.startedAt ?? step.answeredAt,
      newest: newestOf(pass.newest, kept),
      sawModified,
      place: leg.reads === "filter" && leg.sortedBy !== null ? rebasedBy(step, leg.sortedBy) : step.place,
    };
    warnIfAhead("sailpoint", newestOf(null, kept), step.answeredAt, context.log);
    cursor = step.isLast || reachedBound ? afterLeg(cursor, read, leg) : { ...cursor, pass: read };
    yield { ...observe(kept.filter((row) => isWanted(row, context.settings))), cursor };
    if (cursor.pass === null) return;
  }
}

function beginning(cursor: SailPointCursor): SailPointPass {
  const bound =
    cursor.watermark === null ? null : new Date(Date.parse(cursor.watermark) - overlapMs).toISOString();
  const first = cursor.strategy === "filter" ? "modified" : "newest-modified";
  return legStart(bound === null ? "everything" : first, { bound, startedAt: null, newest: null });
}

function legStart(
  leg: SailPointPass["leg"],
  pass: Pick<SailPointPass, "bound" | "startedAt" | "newest">,
): SailPointPass {
  const { bound, startedAt, newest } = pass;
  return {
    leg,
    bound,
    startedAt,
    newest,
    sawModified: false,
    place: startOf(legs[leg].reads === "filter" ? bound : null),
  };
}

/** A walk that lost its place begins anew, with the clock of its first start: what changed since is read by the next pass. */
function restarted(pass: SailPointPass): SailPointPass {
  return legStart(pass.leg, pass);
}

function afterLeg(cursor: SailPointCursor, pass: SailPointPass, leg: Leg): SailPointCursor {
  if (leg.next !== null) return { ...cursor, pass: legStart(leg.next, pass) };
  return { ...cursor, watermark: nextWatermark(cursor.watermark, pass), pass: null };
}

/**
 * Never back, never past what was read, and never past the start of the pass: a change that came while a later leg
 * was read belongs to a leg that had already ended.
 */
function nextWatermark(watermark: string | null, pass: SailPointPass): string | null {
  if (watermark === null) return pass.startedAt;
  const read = [pass.newest, pass.startedAt].filter((at) => at !== null).sort();
  return pass.newest === null ? watermark : ([watermark, read[0] ?? watermark].sort().at(-1) ?? watermark);
}

function withoutFilter(cursor: SailPointCursor, log: Log): SailPointCursor {
  log.info("sailpoint.filter.refused", { strategy: "newest-first" });
  return { ...cursor, strategy: "newest-first", pass: null };
}

/**
 * Whether a row belongs to one of the SailPoint sources that are set. Asked here and not of the upstream, whose lists over several sources can
 * miss rows; what is not wanted moves the watermark all the same.
 */
function isWanted(row: JsonValue, { sourceIds }: SailPointSettings): boolean {
  if (sourceIds === undefined || !isJsonObject(row)) return true;
  const { sourceId } = row;
  return typeof sourceId !== "string" || sourceIds.includes(sourceId);
}

/** The rows of a page that this leg is for, up to the bound. */
function select(rows: readonly JsonValue[], leg: Leg, pass: SailPointPass) {
  const kept: JsonValue[] = [];
  let { sawModified } = pass;
  for (const row of rows) {
    sawModified ||= stampOf(row, "modified") !== null;
    if (leg.reads === "newest-first" && isBefore(row, leg, pass)) {
      // Where rows without `modified` are sorted is not documented. Those before every dated row say nothing about the rest.
      if (leg.sortedBy === "created" || sawModified) return { kept, sawModified, reachedBound: true };
      continue;
    }
    if (leg.owns(row)) kept.push(row);
  }
  return { kept, sawModified, reachedBound: false };
}

/** Whether a row is older than what the pass is after; a row without `modified` counts by `created`. */
function isBefore(row: JsonValue, leg: Leg, pass: SailPointPass): boolean {
  const stamp = leg.sortedBy === "created" ? stampOf(row, "created") : changedAt(row);
  return stamp !== null && pass.bound !== null && Date.parse(stamp) < Date.parse(pass.bound);
}

function rebasedBy(step: Step & { outcome: "read" }, member: "created" | "modified") {
  return rebased(step, (row) => stampOf(row, member));
}

function newestOf(newest: string | null, rows: readonly JsonValue[]): string | null {
  return rows.reduce<string | null>((latest, row) => {
    const at = changedAt(row);
    return at !== null && (latest === null || at > latest) ? at : latest;
  }, newest);
}
