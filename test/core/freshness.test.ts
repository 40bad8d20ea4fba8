import { expect, test } from "vitest";
import { type Freshness, type FreshnessFacts, freshnessOf } from "../../src/core/freshness.ts";

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** Polled every 10 s, up to date, and quiet. */
const quiet: FreshnessFacts = {
  state: "running",
  hasOwner: true,
  intervalMs: 10 * second,
  overdueMs: 0,
  advancedAgeMs: 5 * second,
  lastChangeAgeMs: null,
  oldestUnpublishedAgeMs: null,
  isLoaded: true,
  failures: 0,
  lastErrorCode: null,
  waitsForGroup: false,
  waiting: 0,
};
const silent = { overdueMs: 5 * minute + 1, advancedAgeMs: 5 * minute + 1 };
const throttled = { failures: 1, lastErrorCode: "TIDEMARK_UPSTREAM_THROTTLED" };

test.each<[Freshness, string, Partial<FreshnessFacts>]>([
  ["idle", "it has never changed", {}],
  ["idle", "it has not changed for more than an hour", { lastChangeAgeMs: hour + 1 }],
  ["current", "it has changed within the hour", { lastChangeAgeMs: hour }],
  ["current", "it has changed within three long intervals", { intervalMs: hour, lastChangeAgeMs: 3 * hour }],
  ["idle", "but not before that", { intervalMs: hour, lastChangeAgeMs: 3 * hour + 1 }],
  ["idle", "it is due, and not for long", { overdueMs: 10 * second, advancedAgeMs: second }],
  ["catching-up", "a pass takes longer than its interval, and advances", { overdueMs: 10 * second + 1 }],
  ["idle", "a pass has not advanced since it was due", { overdueMs: minute, advancedAgeMs: minute }],
  [
    "idle",
    "less than 10 s is no delay for an interval of 1 s",
    { intervalMs: second, overdueMs: 10 * second },
  ],
  ["catching-up", "a pass takes hours, and advances", { overdueMs: 5 * hour, advancedAgeMs: 5 * minute }],
  ["catching-up", "it is read for the first time", { isLoaded: false, advancedAgeMs: null }],
  [
    "catching-up",
    "its event waits for Kafka",
    { lastChangeAgeMs: 11 * second, oldestUnpublishedAgeMs: 11 * second },
  ],
  ["catching-up", "events waited before its own", { lastChangeAgeMs: 0, oldestUnpublishedAgeMs: hour }],
  [
    "current",
    "an event waits no longer than it may",
    { lastChangeAgeMs: 0, oldestUnpublishedAgeMs: 10 * second },
  ],
  ["current", "events of others wait", { lastChangeAgeMs: minute, oldestUnpublishedAgeMs: 30 * second }],
  ["idle", "events of others wait, and it has none", { oldestUnpublishedAgeMs: hour }],
  ["paused", "a person has paused it", { state: "paused" }],
  ["paused", "it is paused, and nobody owns it", { state: "paused", hasOwner: false, ...silent }],
  [
    "paused",
    "it is paused after failures, with changes on hold",
    { state: "paused", failures: 2, waiting: 1 },
  ],
  ["throttled", "the upstream asked to slow down", throttled],
  ["throttled", "even while it is read for the first time", { ...throttled, isLoaded: false }],
  ["held", "changes wait for a person", { waiting: 1 }],
  ["held", "changes wait, and it is throttled", { ...throttled, waiting: 1 }],
  ["failing", "its last pass failed", { failures: 1, lastErrorCode: "TIDEMARK_UPSTREAM_UNAVAILABLE" }],
  ["failing", "it failed before, and changes wait", { failures: 1, lastErrorCode: null, waiting: 1 }],
  ["failing", "it waits for another source of its group", { ...silent, waitsForGroup: true }],
  ["idle", "another of its group is in trouble, and it is not", { waitsForGroup: true }],
  ["stuck", "nobody owns its shard", { hasOwner: false }],
  [
    "stuck",
    "nobody owns its shard, whatever the group",
    { hasOwner: false, waitsForGroup: true, failures: 3 },
  ],
  ["stuck", "it is long due, and nothing advances", silent],
  [
    "stuck",
    "it is long due, and nothing has ever advanced",
    { ...silent, advancedAgeMs: null, isLoaded: false },
  ],
  ["idle", "it has been due for 5 minutes", { overdueMs: 5 * minute, advancedAgeMs: hour }],
  [
    "stuck",
    "three intervals of an hour are over",
    { intervalMs: hour, overdueMs: 3 * hour + 1, advancedAgeMs: 4 * hour },
  ],
  [
    "idle",
    "three intervals of an hour are not over",
    { intervalMs: hour, overdueMs: 3 * hour, advancedAgeMs: 4 * hour },
  ],
  ["stuck", "it failed, and was not tried again", { ...silent, failures: 1 }],
  ["halted", "it waits for a person", { state: "halted" }],
  [
    "halted",
    "whoever owns it, and whatever else is the matter",
    { state: "halted", hasOwner: false, failures: 9, waiting: 1 },
  ],
])("%s: %s", (word, _why, facts) => {
  expect(freshnessOf({ ...quiet, ...facts })).toBe(word);
});
