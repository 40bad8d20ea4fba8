import { type Freshness, freshnessOf, freshnessWords } from "../core/freshness.ts";
import { overdueMs } from "../core/overdue.ts";
import type { Overview } from "../ports/store.ts";

type OverviewSource = Overview["sources"][number];

/** The sources of an overview, each with how it is in one word: those first that need a person. @param nowMs The wall clock. */
export function withFreshness(
  overview: Overview,
  nowMs: number,
): (OverviewSource & { freshness: Freshness })[] {
  const owned = new Set(overview.shards.flatMap(({ shard, owner }) => (owner === null ? [] : [shard])));
  const oldest = new Map(overview.shards.map(({ shard, oldestAgeMs }) => [shard, oldestAgeMs]));
  const troubled = Map.groupBy(
    overview.sources.filter(({ state, failures }) => state === "halted" || failures > 0),
    ({ group }) => group,
  );
  return overview.sources
    .map((source) => ({
      ...source,
      freshness: freshnessOf({
        ...source,
        hasOwner: owned.has(source.shard),
        intervalMs: source.everyMs ?? source.sweepEveryMs,
        overdueMs: overdueMs(source, nowMs),
        oldestUnpublishedAgeMs: oldest.get(source.shard) ?? null,
        waitsForGroup:
          source.group !== null &&
          (troubled.get(source.group) ?? []).some(({ name }) => name !== source.name),
      }),
    }))
    .toSorted(
      (one, other) => freshnessWords.indexOf(one.freshness) - freshnessWords.indexOf(other.freshness),
    );
}
