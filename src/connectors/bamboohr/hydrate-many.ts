import type { AccountDocument, Observation } from "../../core/account.ts";
import { fingerprint } from "../../core/fingerprint.ts";
import { isJsonObject } from "../../core/json.ts";
import type { Log } from "../../ports/log.ts";
import { itemId } from "../../sdk/item-id.ts";
import type { ObservedItems } from "../../sdk/observe-items.ts";
import type { BambooHrApi, ReportedEmployee } from "./api.ts";
import { documentOf, volatile } from "./employee.ts";
import type { FeedEntry } from "./feed.ts";
import { askForEach, hydrate } from "./hydrate.ts";

/** An employee that must be read; `lastChanged` is empty when the feed does not say. */
type DueEmployee = Pick<FeedEntry, "id" | "lastChanged">;

/** A report and its sample are two requests, and so slow that they are worth some more. */
const fewEmployees = 10;

/**
 * Reads employees throughout one pass: a few one by one, many with a custom report.
 *
 * Nothing promises that a report is as fresh, as complete and as written as the employees themselves. So one employee of each report is
 * read both ways, and when they differ, or the report is refused, the pass goes on without. Whom it lacks, or shows older than the feed
 * does, is asked for alone: only a 404 says that somebody is gone.
 */
export function hydrateMany(
  api: BambooHrApi,
  log: Log,
): (due: readonly DueEmployee[]) => Promise<ObservedItems> {
  let isReported = true;

  function doWithout(because: string): null {
    isReported = false;
    log.warn("bamboohr.report.unused", { because, consequence: "each employee is a request of its own" });
    return null;
  }

  async function byReport(due: readonly DueEmployee[]): Promise<ObservedItems | null> {
    const ids = due.map(({ id }) => id);
    const report = await api.report(ids);
    if (report === null) return doWithout("it is refused");
    if (report.length > ids.length) return doWithout("it shows others than those that were asked for");
    const documents = documentsOf(report, due);
    const [sample] = documents.keys();
    if (sample === undefined) return null;
    const { observations, rejected } = await askForEach(
      [sample, ...ids.filter((id) => !documents.has(id))],
      api,
    );
    const itself = observations.find(({ id }) => id === sample);
    if (!isSame(itself, documents.get(sample))) return doWithout("it differs from the employees themselves");
    documents.delete(sample);
    return {
      observations: [...observations, ...[...documents].map(([id, document]) => ({ id, document }))],
      rejected,
    };
  }

  return async (due) => {
    const reported = isReported && due.length > fewEmployees ? await byReport(due) : null;
    return (
      reported ??
      (await hydrate(
        due.map(({ id }) => id),
        api,
      ))
    );
  };
}

/** The documents of those whom a report shows, and not older than they should be. */
function documentsOf(
  report: readonly ReportedEmployee[],
  due: readonly DueEmployee[],
): Map<string, AccountDocument> {
  const shown = new Map(report.map((row) => [itemId(row.employee).id, row]));
  const documents = new Map<string, AccountDocument>();
  for (const { id, lastChanged } of due) {
    const row = shown.get(id);
    if (row === undefined || !isJsonObject(row.employee)) continue;
    if ((row.changedAt ?? "") >= lastChanged) documents.set(id, documentOf(id, row.employee));
  }
  return documents;
}

function isSame(itself: Observation | undefined, reported: AccountDocument | undefined): boolean {
  if (itself === undefined || !("document" in itself) || reported === undefined) return false;
  return fingerprint(itself.document, volatile).hash === fingerprint(reported, volatile).hash;
}
