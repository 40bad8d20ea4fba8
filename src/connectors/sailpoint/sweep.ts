import { type JsonValue, isJsonObject } from "../../core/json.ts";
import type { CompleteSweep, ConnectorContext, SweepPage } from "../../ports/connector.ts";
import { complete } from "../../sdk/complete.ts";
import { incompleteSweep } from "../../sdk/incomplete-sweep.ts";
import { itemId } from "../../sdk/item-id.ts";
import { observe } from "./account.ts";
import { type ListQuery, type SailPointApi, sailPointApi } from "./api.ts";
import type { SailPointPosition } from "./cursor.ts";
import type { SailPointSettings } from "./settings.ts";
import { nextRows, startOf } from "./walk.ts";

const counted = { offset: 0, limit: 1, count: true };
/** Counts are asked one after another while accounts come and go: this often until they fit together. */
const countings = 3;

/**
 * One pass over everything, one SailPoint source after the other, each sorted by id.
 * It is complete when the upstream's own count ends every segment and the segments together are the whole tenant.
 * @see sailpoint-oss/developer.sailpoint.com issue 266: lists over several sources can miss rows, those over one did not
 */
export async function* sweep(
  context: ConnectorContext<SailPointSettings> & { position: SailPointPosition | null },
): AsyncGenerator<SweepPage<SailPointPosition>, CompleteSweep, void> {
  const api = sailPointApi(context);
  let position: SailPointPosition = context.position ?? {
    segments: context.settings.sourceIds ?? (await sourceIds(api)) ?? [null],
    lengths: [],
    unidentified: 0,
    place: startOf(null),
  };
  while (position.lengths.length < position.segments.length) {
    const segment = position.segments[position.lengths.length] ?? null;
    const query = queryOf(segment);
    const step = await nextRows(
      { read: (range) => api.accounts(query, range), sortedBy: null },
      position.place,
    );
    if (step.outcome === "lost") throw incompleteSweep("the list moved too much while it was read");
    if (step.isLast && !step.isProven) {
      throw incompleteSweep(
        `the list ended after ${step.place.offset} accounts, its count says ${step.place.total ?? "nothing"}`,
      );
    }
    // Else what belongs here may be hidden behind it, and the counts still fit together.
    if (segment !== null && step.rows.some((row) => isOutside(row, segment)))
      throw incompleteSweep(`the list of source ${segment} has an account of another one`);
    const { observations, rejected } = observe(step.rows);
    position = {
      ...position,
      unidentified: position.unidentified + rejected.length,
      ...(step.isLast
        ? { lengths: [...position.lengths, step.place.offset], place: startOf(null) }
        : { place: step.place }),
    };
    yield { observations, rejected, position };
  }
  if (position.unidentified > 0) throw incompleteSweep(`${position.unidentified} accounts have no usable id`);
  const coversTenant = context.settings.sourceIds !== undefined || position.segments.includes(null);
  if (!coversTenant) await proveNothingIsOutside(api, position);
  return complete();
}

function queryOf(segment: string | null): ListQuery {
  if (segment === null) return { sorters: "id" };
  return { filters: `sourceId eq "${segment.replaceAll(/["\\]/g, String.raw`\$&`)}"`, sorters: "id" };
}

function isOutside(row: JsonValue, segment: string): boolean {
  return isJsonObject(row) && typeof row["sourceId"] === "string" && row["sourceId"] !== segment;
}

/** The tenant's sources, or null when the credentials may not list them. */
async function sourceIds(api: SailPointApi): Promise<string[] | null> {
  const ids: string[] = [];
  let place = startOf(null);
  for (;;) {
    let isRefused = false;
    const step = await nextRows(
      {
        sortedBy: null,
        async read(range) {
          const part = await api.sources(range);
          isRefused ||= part === null;
          return part ?? { rows: [], total: 0, answeredAt: "" };
        },
      },
      place,
    );
    if (isRefused) return null;
    if (step.outcome === "lost") throw incompleteSweep("the list of sources moved while it was read");
    for (const row of step.rows) {
      const { id } = itemId(row);
      if (id === null) throw incompleteSweep("a source has no id");
      ids.push(id);
    }
    if (step.isLast) return ids;
    place = step.place;
  }
}

/**
 * Compares the tenant's total with the sum of its sources: an account outside every listed source would look deleted.
 * Totals are asked before and after the sum, since accounts come and go meanwhile.
 */
async function proveNothingIsOutside(api: SailPointApi, position: SailPointPosition): Promise<void> {
  let sum = position.lengths.reduce((total, length) => total + length, 0);
  let before = await totalOf(api, null);
  if (sum === before) return;
  let after = before;
  for (let counting = 1; counting <= countings; counting++) {
    sum = 0;
    for (const segment of position.segments) sum += await totalOf(api, segment);
    after = await totalOf(api, null);
    if (sum >= Math.min(before, after) && sum <= Math.max(before, after)) return;
    before = after;
  }
  throw incompleteSweep(`the tenant has ${after} accounts, its sources together ${sum}`);
}

async function totalOf(api: SailPointApi, segment: string | null): Promise<number> {
  const { total } = await api.accounts(queryOf(segment), counted);
  if (total === null) throw incompleteSweep("the upstream does not count its accounts");
  return total;
}
