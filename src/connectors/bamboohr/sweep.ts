import type { RejectedItem } from "../../core/account.ts";
import type { JsonValue } from "../../core/json.ts";
import type { CompleteSweep, ConnectorContext, SweepPage } from "../../ports/connector.ts";
import { complete } from "../../sdk/complete.ts";
import { incompleteSweep } from "../../sdk/incomplete-sweep.ts";
import { itemId } from "../../sdk/item-id.ts";
import { type BambooHrApi, bambooHrApi } from "./api.ts";
import type { BambooHrPosition } from "./cursor.ts";
import { compareIds, entriesOf } from "./feed.ts";
import { dawn } from "./poll.ts";
import type { BambooHrSettings } from "./settings.ts";

const idsPerPage = 1_000;

/**
 * One pass over the ids of all employees. It is complete because it is one answer: the custom report lists everyone, the
 * inactive too; where the key may not run reports, the feed of all changes takes its place.
 */
export async function* sweep(
  context: ConnectorContext<BambooHrSettings> & { position: BambooHrPosition | null },
): AsyncGenerator<SweepPage<BambooHrPosition>, CompleteSweep, void> {
  const api = bambooHrApi(context);
  const everyone = await api.everyone();
  const { ids, rejected } = everyone === null ? await idsOfFeed(api) : idsOf(everyone);
  let afterId = context.position?.afterId ?? "";
  let rest = ids.filter((id) => afterId === "" || compareIds(id, afterId) > 0);
  do {
    const some = rest.slice(0, idsPerPage);
    rest = rest.slice(idsPerPage);
    afterId = some.at(-1) ?? afterId;
    const observations = some.map((id) => ({ id, present: true as const }));
    yield { observations, rejected: rest.length === 0 ? rejected : [], position: { afterId } };
  } while (rest.length > 0);
  if (rejected.length > 0) {
    throw incompleteSweep(`${rejected.length} employees have no usable id`);
  }
  return complete();
}

interface Ids {
  /** In order, each once. */
  ids: string[];
  rejected: RejectedItem[];
}

function idsOf(employees: readonly JsonValue[]): Ids {
  const ids = new Set<string>();
  const rejected: RejectedItem[] = [];
  for (const employee of employees) {
    const { id, reason } = itemId(employee);
    if (id !== null) ids.add(id);
    else rejected.push({ raw: employee, reason });
  }
  return { ids: [...ids].sort(compareIds), rejected };
}

async function idsOfFeed(api: BambooHrApi): Promise<Ids> {
  const { entries, rejected } = entriesOf(await api.changed(dawn));
  return { ids: entries.filter((entry) => entry.action !== "Deleted").map((entry) => entry.id), rejected };
}
