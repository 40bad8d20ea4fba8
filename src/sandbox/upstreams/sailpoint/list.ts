import type { Version } from "../truth.ts";
import type { Order, Visibility } from "../visibility.ts";
import type { Field, FieldValue } from "./fields.ts";
import { fulfils } from "./filter.ts";
import type { Condition } from "./filter.ts";

export interface Sorter {
  readonly field: string;
  readonly isDescending: boolean;
}

export interface Selection {
  readonly total: number;
  /** The accounts from `offset` on, at most `limit`. */
  page(offset: number, limit: number): Iterable<Version>;
}

/** What follows a field's range in an index that begins with that field. */
const RANGED: readonly string[] = ["eq", "ge", "gt", "le", "lt"];

/**
 * Selects accounts by filter and order without sorting or walking the population: an index per order (and source) is
 * kept, and the range of its leading field is found by bisection. Only what is left of the filter is walked.
 */
export function selectAccounts(
  visible: Visibility,
  fields: ReadonlyMap<string, Field>,
  conditions: readonly Condition[],
  sorters: readonly Sorter[],
): Selection {
  const group = conditions.find(({ field, op }) => field === "sourceId" && op === "eq");
  const source = group?.values[0];
  const name = `${String(source ?? "*")} ${sorters.map(({ field, isDescending }) => (isDescending ? "-" : "") + field).join()}`;
  const index = visible.index(name, orderOf(sorters, fields), (version) => {
    return version.json !== null && (source === undefined || version.group === source);
  });

  const leading = sorters[0];
  const inRange = conditions.filter(({ field, op }) => field === leading?.field && RANGED.includes(op));
  const rest = conditions.filter((condition) => condition !== group && !inRange.includes(condition));
  const [from, to] = leading === undefined ? [0, index.size] : rangeOf(leading);

  function rangeOf({ field, isDescending }: Sorter): [number, number] {
    if (inRange.length === 0) return [0, index.size];
    const read = readerOf(field, fields);
    const isBelow = (version: Version): boolean =>
      inRange.some((condition) => isBeneath(read(version), condition));
    const isAbove = (version: Version): boolean =>
      inRange.some((condition) => isBeyond(read(version), condition));
    return isDescending
      ? [index.firstWhere((version) => !isAbove(version)), index.firstWhere(isBelow)]
      : [index.firstWhere((version) => !isBelow(version)), index.firstWhere(isAbove)];
  }

  if (rest.length === 0) {
    const end = Math.max(from, to);
    return {
      total: end - from,
      page: (offset, limit) => index.between(from + offset, Math.min(end, from + offset + limit)),
    };
  }
  const matching = [...index.between(from, to)].filter((version) =>
    rest.every((condition) => fulfils(readerOf(condition.field, fields)(version), condition)),
  );
  return { total: matching.length, page: (offset, limit) => matching.slice(offset, offset + limit) };
}

function isBeneath(value: ReturnType<Field["read"]>, { op, values }: Condition): boolean {
  const bound = values[0] as string | number;
  if (value === null) return false;
  if (op === "gt") return value <= bound;
  return (op === "ge" || op === "eq") && value < bound;
}

function isBeyond(value: ReturnType<Field["read"]>, { op, values }: Condition): boolean {
  const bound = values[0] as string | number;
  // Nothing fulfils a condition without a value, and no value sorts behind every value.
  if (value === null) return true;
  if (op === "lt") return value >= bound;
  return (op === "le" || op === "eq") && value > bound;
}

function readerOf(field: string, fields: ReadonlyMap<string, Field>): Field["read"] {
  return fields.get(field)?.read ?? (() => null);
}

/** Ties, and everything where no order was asked for, come in an order that is stable but means nothing. */
function orderOf(sorters: readonly Sorter[], fields: ReadonlyMap<string, Field>): Order {
  const terms = sorters.map(({ field, isDescending }) => ({
    read: readerOf(field, fields),
    sign: isDescending ? -1 : 1,
  }));
  return (a, b) => {
    for (const { read, sign } of terms) {
      const difference = compare(sortable(read(a)), sortable(read(b)));
      if (difference !== 0) return sign * difference;
    }
    return scrambled(a.id) - scrambled(b.id) || compare(a.id, b.id);
  };
}

function sortable(value: ReturnType<Field["read"]>): FieldValue {
  return typeof value === "object" && value !== null ? value.join() : value;
}

function compare(a: FieldValue, b: FieldValue): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

function scrambled(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return hash;
}
