import { SourceHaltedError } from "../../core/errors.ts";
import { itemId } from "../../sdk/item-id.ts";
import type { ObservedItems } from "../../sdk/observe-items.ts";
import { mapLimited } from "../map-limited.ts";
import type { BambooHrApi } from "./api.ts";
import { documentOf } from "./employee.ts";

const lookupsAtOnce = 4;

/**
 * Asks for every one of these employees.
 * @throws SourceHaltedError `TIDEMARK_UPSTREAM_FORBIDDEN` when the key may read none of several: then it is locked out, not they are hidden
 */
export async function hydrate(ids: readonly string[], api: BambooHrApi): Promise<ObservedItems> {
  const { forbidden, ...read } = await askForEach(ids, api);
  if (ids.length >= 2 && forbidden === ids.length) {
    throw new SourceHaltedError(
      "TIDEMARK_UPSTREAM_FORBIDDEN",
      `The key may read none of ${ids.length} employees`,
    );
  }
  return read;
}

/** The same, whether or not the key may read any. */
export async function askForEach(
  ids: readonly string[],
  api: BambooHrApi,
): Promise<ObservedItems & { forbidden: number }> {
  const observations: ObservedItems["observations"] = [];
  const rejected: ObservedItems["rejected"] = [];
  let forbidden = 0;
  const employees = await mapLimited(ids, lookupsAtOnce, async (id) => ({
    id,
    employee: await api.employee(id),
  }));
  for (const { id, employee } of employees) {
    if (employee === "gone") observations.push({ id, gone: true, at: null });
    else if (employee === "forbidden") {
      forbidden++;
      rejected.push({ raw: { id }, accountId: id, reason: "the key may not read this employee" });
    } else if (itemId(employee).id !== id) {
      const reason = `the answer for employee ${id} is about another or has no id`;
      rejected.push({ raw: employee, accountId: id, reason });
    } else observations.push({ id, document: documentOf(id, employee) });
  }
  return { observations, rejected, forbidden };
}
