import type { Field } from "./fields.ts";
import { parseFilter } from "./filter.ts";
import type { Condition } from "./filter.ts";
import type { Sorter } from "./list.ts";
import { BadRequest } from "./refusal.ts";

/** The parameters that all of SailPoint's lists take, checked. */
export interface CollectionQuery {
  readonly limit: number;
  readonly offset: number;
  readonly wantsCount: boolean;
  readonly conditions: readonly Condition[];
  readonly sorters: readonly Sorter[];
}

const MAX_LIMIT = 250;

/** @throws BadRequest Naming the parameter that is wrong. */
export function collectionQuery(query: unknown, fields: ReadonlyMap<string, Field>): CollectionQuery {
  const { limit, offset, count, filters, sorters } = query as Partial<Record<string, string>>;
  if (count !== undefined && count !== "true" && count !== "false")
    throw new BadRequest(`count "${count}" is invalid.`);
  return {
    limit: wholeNumber("limit", limit, MAX_LIMIT, MAX_LIMIT),
    offset: wholeNumber("offset", offset, 0, 2 ** 31 - 1),
    wantsCount: count === "true",
    conditions: filters === undefined ? [] : parseFilter(filters, fields),
    sorters: sorters === undefined ? [] : sorters.split(",").map((sorter) => sorterOf(sorter.trim(), fields)),
  };
}

function wholeNumber(name: string, text: string | undefined, fallback: number, maximum: number): number {
  if (text === undefined) return fallback;
  const value = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
  if (!(value <= maximum)) throw new BadRequest(`${name} "${text}" is not between 0 and ${String(maximum)}.`);
  return value;
}

function sorterOf(sorter: string, fields: ReadonlyMap<string, Field>): Sorter {
  const isDescending = sorter.startsWith("-");
  const field = isDescending ? sorter.slice(1) : sorter;
  if (fields.get(field)?.isSortable !== true) throw new BadRequest(`Sorter property "${field}" is invalid.`);
  return { field, isDescending };
}
