import { RetryableError } from "../../core/errors.ts";
import { type JsonValue, isJsonObject } from "../../core/json.ts";
import type { ConnectorContext, Page } from "../../ports/connector.ts";
import { utcTime } from "../utc-time.ts";
import { warnIfAhead } from "../warn-if-ahead.ts";
import { komboApi } from "./api.ts";
import type { KomboCursor } from "./cursor.ts";
import type { KomboSettings } from "./settings.ts";
import { observeAll } from "./user.ts";
import { nextUsers, start } from "./walk.ts";

/**
 * How far before the watermark a pass begins, for clocks that differ and changes that show up late.
 * What is read again and did not change produces nothing downstream.
 */
export const overlapMs = 300_000;

type Pass = NonNullable<KomboCursor["pass"]>;

/** One pass forward: everything the first time, then what changed since the last pass began. */
export async function* poll(
  context: ConnectorContext<KomboSettings> & { cursor: KomboCursor | null },
): AsyncGenerator<Page<KomboCursor>, void, void> {
  const api = komboApi(context);
  const { watermark, pass: resumed } = context.cursor ?? { watermark: null, pass: null };
  let pass = resumed ?? beginning(watermark, context.clock.now());
  const { updatedAfter } = pass;
  const list =
    updatedAfter === null
      ? { api, filter: {}, mayBeEmpty: false }
      : { api, filter: { updatedAfter }, mayBeEmpty: true };
  for (;;) {
    const isFirst = pass.place.next === null;
    const step = await nextUsers(list, pass.place);
    if (step.outcome === "lost") {
      // The watermark has not moved: the next pass reads the same again.
      yield { observations: [], rejected: [], cursor: { watermark, pass: null } };
      throw new RetryableError(
        "TIDEMARK_UPSTREAM_UNAVAILABLE",
        `The pass over the users starts again: ${step.why}`,
      );
    }
    warnIfAhead("kombo", newestOf(step.rows), step.answeredAt, context.log);
    pass = { ...pass, startedAt: earlier(pass.startedAt, step.answeredAt) };
    const cursor: KomboCursor =
      step.place === null
        ? {
            watermark: isFirst && step.rows.length === 0 ? watermark : nextWatermark(watermark, pass),
            pass: null,
          }
        : { watermark, pass: { ...pass, place: step.place } };
    yield { ...observeAll(step.rows), cursor };
    if (step.place === null) return;
    pass = { ...pass, place: step.place };
  }
}

function beginning(watermark: string | null, nowMs: number): Pass {
  const startedAt = new Date(nowMs).toISOString();
  const updatedAfter =
    watermark === null ? null : new Date(Date.parse(earlier(watermark, startedAt)) - overlapMs).toISOString();
  return { startedAt, updatedAfter, place: start };
}

/**
 * The vendor's rule: what changed after the start of this pass belongs to the next one. A pass that found nothing leaves the
 * watermark where it is, so that an answer which is empty by mistake hides nothing.
 */
function nextWatermark(watermark: string | null, { startedAt }: Pass): string {
  return watermark !== null && watermark > startedAt ? watermark : startedAt;
}

function newestOf(rows: readonly JsonValue[]): string | null {
  const times = rows.map((row) => (isJsonObject(row) ? utcTime(row["changed_at"]) : null));
  return times.reduce((newest, at) => (newest === null || (at !== null && at > newest) ? at : newest), null);
}

function earlier(left: string, right: string): string {
  return left < right ? left : right;
}
