import { durationMs } from "../../core/duration.ts";
import { RetryableError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import type { ConnectorContext, Page } from "../../ports/connector.ts";
import { warnIfAhead } from "../warn-if-ahead.ts";
import { changedAt, observeAll } from "./account.ts";
import { restApi } from "./api.ts";
import type { RestCursor } from "./cursor.ts";
import { start } from "./place.ts";
import type { RestSettings } from "./settings.ts";
import { timeOf, unitMs } from "./timestamp.ts";
import { walk } from "./walk.ts";

type Pass = NonNullable<RestCursor["pass"]>;

/** One pass forward: everything the first time, then what changed since the watermark. */
export async function* poll(
  context: ConnectorContext<RestSettings> & { cursor: RestCursor | null },
): AsyncGenerator<Page<RestCursor>, void, void> {
  const { settings, log } = context;
  const api = restApi(context);
  const { watermark, pass: resumed } = context.cursor ?? { watermark: null, pass: null };
  let pass = resumed ?? beginning(watermark, settings);
  const { since } = pass;
  const list = walk(context, { read: (next) => api.changes(since, next), mayBeEmpty: watermark !== null });
  for (;;) {
    const step = await list.next(pass.place);
    if (step.outcome === "lost") {
      // The watermark has not moved: the next pass reads the same again.
      yield { observations: [], rejected: [], cursor: { watermark, pass: null } };
      throw new RetryableError(
        "TIDEMARK_UPSTREAM_UNAVAILABLE",
        `The pass over the accounts starts again: ${step.why}`,
      );
    }
    const { items, place, isLast, page } = step;
    const newest = newestOf(items, settings);
    if (items.length > 0 && newest === null) log.warn("rest.timestamp.missing", { items: items.length });
    warnIfAhead("rest", newest, page.answeredAt, log);
    pass = {
      ...pass,
      startedAt: pass.startedAt ?? page.answeredAt,
      newest: later(pass.newest, newest),
      place,
    };
    const cursor = isLast
      ? { watermark: nextWatermark(watermark, pass, settings), pass: null }
      : { watermark, pass };
    yield { ...observeAll(items, settings), cursor };
    if (isLast) return;
  }
}

function beginning(watermark: string | null, { incremental }: RestSettings): Pass {
  return { startedAt: null, since: sinceOf(watermark, incremental), newest: null, place: start };
}

/** Whether the upstream includes its bound is not known, so a pass begins at least one step of its time before the watermark. */
function sinceOf(watermark: string | null, incremental: RestSettings["incremental"]): string | null {
  if (watermark === null || incremental === undefined) return timeOf(incremental?.start);
  const { overlap, precision } = incremental;
  const backMs = Math.max(durationMs(overlap) ?? 0, unitMs[precision]);
  return new Date(Date.parse(watermark) - backMs).toISOString();
}

/**
 * Never back, never past what was read, and never past the start of the pass, less the time to settle. A pass that found nothing leaves the watermark
 * where it is, so that an answer which is empty by mistake hides nothing.
 */
function nextWatermark(watermark: string | null, pass: Pass, { incremental }: RestSettings): string | null {
  const { newest, startedAt } = pass;
  if (newest === null || startedAt === null) return watermark;
  const settledMs = Date.parse(startedAt) - (durationMs(incremental?.settle ?? "0s") ?? 0);
  const reached = new Date(Math.min(Date.parse(newest), settledMs)).toISOString();
  return later(watermark, reached);
}

function newestOf(items: readonly JsonValue[], settings: RestSettings): string | null {
  return items.reduce<string | null>((latest, item) => later(latest, changedAt(item, settings)), null);
}

function later(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return left > right ? left : right;
}
