import { type JsonValue, isJsonObject } from "../../core/json.ts";
import { utcTime } from "../utc-time.ts";
import type { ListQuery } from "./api.ts";

/** One stretch of a pass; a pass is one or two of them. */
export type LegName = "everything" | "modified" | "created" | "newest-modified" | "newest-created";

/** How one stretch of a pass is read. */
export interface Leg {
  query(from: string | null): ListQuery;
  sortedBy: "created" | "modified" | null;
  /**
   * `filter`: the upstream returns what is at or after the bound, oldest first.
   * `newest-first`: the list is read from its newest end until the bound.
   */
  reads: "all" | "filter" | "newest-first";
  /** Whether a row belongs to this stretch: those without `modified` are found by `created`, and only by it. */
  owns(row: JsonValue): boolean;
  next: LegName | null;
}

const isDated = (row: JsonValue) => stampOf(row, "modified") !== null;
const isUndated = (row: JsonValue) => !isDated(row);

/** The stretches of the first pass, of later ones where the tenant filters by time, and of later ones where it does not. */
export const legs: Record<LegName, Leg> = {
  everything: {
    query: () => ({ sorters: "id" }),
    sortedBy: null,
    reads: "all",
    owns: () => true,
    next: null,
  },
  modified: {
    query: (from) => ({ filters: `modified ge ${from}`, sorters: "modified,id" }),
    sortedBy: "modified",
    reads: "filter",
    owns: isDated,
    next: "created",
  },
  created: {
    query: (from) => ({ filters: `created ge ${from}`, sorters: "created,id" }),
    sortedBy: "created",
    reads: "filter",
    owns: isUndated,
    next: null,
  },
  "newest-modified": {
    query: () => ({ sorters: "-modified,id" }),
    sortedBy: "modified",
    reads: "newest-first",
    owns: isDated,
    next: "newest-created",
  },
  "newest-created": {
    query: () => ({ sorters: "-created,id" }),
    sortedBy: "created",
    reads: "newest-first",
    owns: isUndated,
    next: null,
  },
};

/** A row's timestamp as the upstream wrote it, or null when it has none that can be read. */
export function stampOf(row: JsonValue, member: "created" | "modified"): string | null {
  if (!isJsonObject(row)) return null;
  const stamp = row[member];
  return typeof stamp === "string" && utcTime(stamp) !== null ? stamp : null;
}

/** When a row changed last, ISO-8601 UTC, or null when it does not say. */
export function changedAt(row: JsonValue): string | null {
  return utcTime(stampOf(row, "modified") ?? stampOf(row, "created") ?? undefined);
}
