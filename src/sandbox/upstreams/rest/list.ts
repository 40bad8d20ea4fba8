import type { Version } from "../truth.ts";
import type { World } from "../vendor.ts";
import { type TimeFormat, toTime } from "./account-kind.ts";
import type { RestBehaviour } from "./behaviour.ts";
import { type Place, type Wanted, sealed } from "./query.ts";

/** One page of the list, in order of change. */
export interface ListPage {
  items: Record<string, unknown>[];
  /** The cursor of the page behind; null: there is none. */
  next: string | null;
  more: boolean;
  total: number;
}

export function listAccounts(
  { visible, behaviour }: World<RestBehaviour>,
  wanted: Wanted,
  time: TimeFormat,
): ListPage {
  const all = [...visible.index("updated", byUpdate, () => true).between(0, Number.POSITIVE_INFINITY)];
  const matches = all.filter((version) => isWanted(version, wanted, behaviour, time));
  const size = wanted.style === "single" ? matches.length : Math.min(wanted.size, behaviour.mostOnPage);
  const from = behaviour.ignoresPlace ? 0 : fromOf(wanted, matches, size);
  const page = matches.slice(from, from + size);
  const last = page.at(-1);
  const more = from + size < matches.length;
  return {
    items: page.map((version) => shownAccount(version, time)),
    next: last !== undefined && (more || behaviour.namesNextAlways) ? sealed(last) : null,
    more,
    total: matches.length + behaviour.miscountsBy,
  };
}

/** An account as the service serves it: a deleted one is a tombstone. */
export function shownAccount({ id, atMs, json }: Version, time: TimeFormat): Record<string, unknown> {
  if (json !== null) return JSON.parse(json) as Record<string, unknown>;
  return { id: Number(id), updated: toTime[time](atMs), deleted: toTime[time](atMs) };
}

function isWanted(
  { json, atMs }: Version,
  { since, deleted }: Wanted,
  { forgetsDeleted, includesBound }: RestBehaviour,
  time: TimeFormat,
): boolean {
  if (json === null && (forgetsDeleted || !deleted)) return false;
  if (since === undefined) return true;
  // Compared as it is written: seconds are compared by seconds.
  const at = time === "epochSeconds" ? Math.floor(atMs / 1_000) : atMs;
  const bound = time === "iso" ? Date.parse(String(since)) : Number(since);
  return includesBound ? at >= bound : at > bound;
}

function fromOf({ style, page, offset, after }: Wanted, matches: readonly Version[], size: number): number {
  if (style === "page") return (page - 1) * size;
  if (style === "offset") return offset;
  if (after === undefined) return 0;
  const first = matches.findIndex((version) => byUpdate(version, after) > 0);
  return first === -1 ? matches.length : first;
}

function byUpdate(a: Place, b: Place): number {
  return a.atMs - b.atMs || (a.id < b.id ? -1 : Number(a.id > b.id));
}
