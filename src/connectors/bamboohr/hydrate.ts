import { type Observation, type RejectedItem } from "../../core/account.ts";
import { SourceHaltedError } from "../../core/errors.ts";
import { itemId } from "../../sdk/item-id.ts";
import { mapLimited } from "../map-limited.ts";
import type { BambooHrApi } from "./api.ts";
import { documentOf } from "./employee.ts";

const lookupsAtOnce = 4;

/**
 * Asks for every one of these employees.
 * @throws SourceHaltedError `TIDEMARK_UPSTREAM_FORBIDDEN` when the key may read none of several: then it is locked out, not they are hidden
 */
export async function hydrate(
  ids: readonly string[],
  api: BambooHrApi,
): Promise<{ observations: Observation[]; rejected: RejectedItem[] }> {
  const observations: Observation[] = [];
  const rejected: RejectedItem[] = [];
  let forbidden = 0;
  const employees = await mapLimited(ids, lookupsAtOnce, async (id) => ({
    id,
    employee: await api.employee(id),
  }));
  for (const { id, employee } of employees) {
    if (employee === "gone") observations.push({ id, gone: true, at: null });
    else if (employee === "forbidden") {
      forbidden++;
      rejected.push({ raw: { id }, reason: "the key may not read this employee" });
    } else if (itemId(employee).id !== id) {
      rejected.push({ raw: employee, reason: `the answer for employee ${id} is about another or has no id` });
    } else observations.push({ id, document: documentOf(id, employee) });
  }
  if (ids.length >= 2 && forbidden === ids.length) {
    throw new SourceHaltedError(
      "TIDEMARK_UPSTREAM_FORBIDDEN",
      `The key may read none of ${ids.length} employees`,
    );
  }
  return { observations, rejected };
}
