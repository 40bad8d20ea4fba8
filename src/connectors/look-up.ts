import type { Observation, RejectedItem } from "../core/account.ts";
import { RetryableError } from "../core/errors.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../core/json.ts";
import type { ObservedItems } from "../sdk/observe-items.ts";

/** An upstream whose list can be filtered by ids. */
export interface LookUpList {
  /** An account that the unfiltered list shows now; null when it shows none. */
  witness(): Promise<string | null>;
  /** All that the list shows when asked for these ids; `isWhole` false: there is more, or this cannot be told. */
  find(ids: readonly string[]): Promise<{ rows: readonly JsonValue[]; isWhole: boolean }>;
  /** Most ids that one request may name. */
  idsAtOnce: number;
  /** null when a row has no usable id. */
  idOf(row: JsonValue): string | null;
  observe(id: string, row: JsonObject): Observation | RejectedItem;
}

/**
 * Looks accounts up in a list that is filtered by their ids: what the filtered list lacks is gone.
 * It is believed only when it shows nothing but what was asked for, and in it a witness: a filter that is not supported, a proxy or a
 * lost right can empty a list, and a filter that is ignored shows others.
 * @returns One observation per id; none for absent ones where there is no witness.
 * @throws RetryableError `TIDEMARK_UPSTREAM_UNAVAILABLE` when the answer is not believed
 */
export async function lookUp(ids: readonly string[], list: LookUpList): Promise<ObservedItems> {
  const observations: Observation[] = [];
  const rejected: RejectedItem[] = [];
  const witness = await list.witness();
  // One place is the witness's.
  const most = list.idsAtOnce - 1;
  for (let first = 0; first < ids.length; first += most) {
    const some = ids.slice(first, first + most);
    const found = await believed(list, new Set(witness === null ? some : [witness, ...some]), witness);
    for (const id of some) {
      const row = found.get(id);
      if (row === undefined) {
        if (witness !== null) observations.push({ id, gone: true, at: null });
        continue;
      }
      const seen = list.observe(id, row);
      if ("reason" in seen) rejected.push({ ...seen, accountId: id });
      else observations.push(seen);
    }
  }
  return { observations, rejected };
}

async function believed(
  { find, idOf }: LookUpList,
  asked: ReadonlySet<string>,
  witness: string | null,
): Promise<Map<string, JsonObject>> {
  const { rows, isWhole } = await find([...asked]);
  if (!isWhole) throw notBelieved("is not answered as a whole");
  const found = new Map<string, JsonObject>();
  for (const row of rows) {
    const id = idOf(row);
    if (id === null || !isJsonObject(row)) throw notBelieved("shows an account without a usable id");
    if (!asked.has(id)) throw notBelieved("shows accounts that were not asked for");
    found.set(id, row);
  }
  if (witness !== null && !found.has(witness)) throw notBelieved("lacks an account that was just listed");
  return found;
}

function notBelieved(why: string): RetryableError {
  return new RetryableError(
    "TIDEMARK_UPSTREAM_UNAVAILABLE",
    `A look-up by ids ${why}: nothing that it lacks is taken for gone`,
  );
}
