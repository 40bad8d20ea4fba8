import type { Observation } from "../../core/account.ts";
import type { ConnectorContext, Page } from "../../ports/connector.ts";
import { itemId } from "../../sdk/item-id.ts";
import { utcTime } from "../utc-time.ts";
import { warnIfAhead } from "../warn-if-ahead.ts";
import { type BambooHrApi, type ChangeFeed, bambooHrApi } from "./api.ts";
import type { BambooHrCursor } from "./cursor.ts";
import { type FeedEntry, compareIds, entriesOf } from "./feed.ts";
import { hydrateMany } from "./hydrate-many.ts";
import type { BambooHrSettings } from "./settings.ts";
import { nextWindow, windowOf } from "./window.ts";

/** BambooHR has no data about changes before this date. @see BambooHR "Get updated employee IDs" */
export const dawn = "2011-06-05T00:00:00.000Z";
const idsPerPage = 100;

/** One pass forward: the feed of changed ids, those that are gone first, then the others in pages of 100. */
export async function* poll(
  context: ConnectorContext<BambooHrSettings> & { cursor: BambooHrCursor | null },
): AsyncGenerator<Page<BambooHrCursor>, void, void> {
  const api = bambooHrApi(context);
  const cursor = context.cursor ?? { latest: null, since: null, seen: [], pass: null };
  const since = cursor.pass?.since ?? cursor.since ?? dawn;
  const feed = await api.changed(since);
  const latest = latestOf(feed, context);
  const pass = cursor.pass ?? { since, latest: latest ?? cursor.latest, afterId: "" };
  const { entries, rejected } = entriesOf(feed);
  const window = windowOf(cursor, { latest: pass.latest, answeredAt: feed.answeredAt });

  const due = entries.filter((entry) => window.isDue(entry));
  const unlisted = cursor.since === null ? await idsOutside(entries, api, context) : [];
  const toRead = [
    ...due.filter((entry) => entry.action !== "Deleted"),
    ...unlisted.map((id) => ({ id, lastChanged: "" })),
  ]
    .sort((left, right) => compareIds(left.id, right.id))
    .filter(({ id }) => isAfter(id, pass.afterId));
  const hydrate = hydrateMany(api, context.log);

  const isResumed = cursor.pass !== null;
  const gone = isResumed ? [] : due.filter((entry) => entry.action === "Deleted").map(tombstone);
  if (gone.length > 0 || rejected.length > 0) {
    yield { observations: gone, rejected, cursor: { ...cursor, pass } };
  }
  for (let first = 0; first + idsPerPage < toRead.length; first += idsPerPage) {
    const some = toRead.slice(first, first + idsPerPage);
    yield {
      ...(await hydrate(some)),
      cursor: { ...cursor, pass: { ...pass, afterId: some.at(-1)?.id ?? "" } },
    };
  }
  const last = toRead.slice(
    toRead.length === 0 ? 0 : Math.floor((toRead.length - 1) / idsPerPage) * idsPerPage,
  );
  const page = await hydrate(last);
  // What an earlier part of a resumed pass has read may have changed again since: it is not passed over next time.
  const read = isResumed
    ? entries.filter((entry) => entry.action !== "Deleted" && isAfter(entry.id, pass.afterId))
    : entries;
  // An answer without the newest change that is known (empty by mistake, say) is not the last word on what came before it.
  const isWhole = !isResumed && (latest ?? dawn) >= (cursor.latest ?? dawn);
  yield {
    ...page,
    cursor: finished(
      cursor,
      { entries: read, latest: pass.latest ?? dawn, answeredAt: feed.answeredAt },
      isWhole,
    ),
  };
}

function finished(
  cursor: BambooHrCursor,
  read: { entries: readonly FeedEntry[]; latest: string; answeredAt: string },
  isWhole: boolean,
): BambooHrCursor {
  const latest = cursor.latest !== null && cursor.latest > read.latest ? cursor.latest : read.latest;
  return { latest, ...nextWindow(cursor, { ...read, latest, isWhole }), pass: null };
}

/** Employees whose last change is older than the feed; none when the key may not run reports. */
async function idsOutside(
  entries: readonly FeedEntry[],
  api: BambooHrApi,
  { log }: ConnectorContext<BambooHrSettings>,
): Promise<string[]> {
  const everyone = await api.everyone();
  if (everyone === null) {
    log.warn("bamboohr.report.refused", { consequence: "employees unchanged since 2011 stay unknown" });
    return [];
  }
  const listed = new Set(entries.map((entry) => entry.id));
  // What has no usable id here is set aside by the sweep, which reads the same report.
  return everyone.flatMap((employee) => {
    const { id } = itemId(employee);
    return id === null || listed.has(id) ? [] : [id];
  });
}

/** The newest change in the feed; null when there is none. Never ahead of the upstream's own clock. */
function latestOf(feed: ChangeFeed, { log }: ConnectorContext<BambooHrSettings>): string | null {
  const latest = utcTime(feed.latest);
  if (latest === null || latest <= feed.answeredAt) return latest;
  warnIfAhead("bamboohr", latest, feed.answeredAt, log);
  return feed.answeredAt;
}

function isAfter(id: string, afterId: string): boolean {
  return afterId === "" || compareIds(id, afterId) > 0;
}

function tombstone(entry: FeedEntry): Observation {
  return { id: entry.id, gone: true, at: entry.lastChanged === "" ? null : entry.lastChanged };
}
