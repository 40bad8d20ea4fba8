import { expect, test } from "vitest";
import { settingText, sourceChanges } from "../../src/app/source-changes.ts";
import type { SourceConfig } from "../../src/ports/store.ts";
import { sourceConfig } from "../support/lane-harness.ts";

const changes = (before: Partial<SourceConfig>, wanted: Partial<SourceConfig>) =>
  sourceChanges(sourceConfig(before), sourceConfig(wanted)).map(
    ({ setting, from, to }) => `${setting}: ${settingText(from)} → ${settingText(to)}`,
  );

test("what is the same is no change, in whatever order the database gives it back", () => {
  expect(changes({}, {})).toEqual([]);
  const one = { settings: { list: [{ a: 1, b: 2 }], deep: { x: 1, y: 2 } } };
  const other = { settings: { deep: { y: 2, x: 1 }, list: [{ b: 2, a: 1 }] } };
  expect(changes(one, other)).toEqual([]);
});

test("settings are named as in the file, with durations as they are written there", () => {
  const windows = { timeZone: "UTC", passes: ["Mon-Fri 06:00-20:00"], sweeps: [] };
  const lookBack = { everyMs: 21_600_000, windowMs: 86_400_000 };
  const budget = { requests: 95, perMs: 10_000 };
  expect(
    changes({}, { everyMs: 300_000, sweepEveryMs: 90_000, lookBack, windows, budget, deleteLimit: 0 }),
  ).toEqual([
    "every: 1m → 5m",
    "sweepEvery: 1h → 90s",
    "lookBack: off → not set",
    "budget: 100 per 1s → 95 per 10s",
    "deleteLimit: not set → 0",
    "lookBack.every: not set → 6h",
    "lookBack.window: not set → 1d",
    'windows: not set → ["Mon-Fri 06:00-20:00"]',
    "sweepWindows: not set → []",
    "timeZone: not set → UTC",
  ]);
});

test("a source that is never polled has only `every`, as in the file", () => {
  expect(changes({ everyMs: null }, { everyMs: null, sweepEveryMs: 60_000 })).toEqual(["every: 1h → 1m"]);
});

test("a secret that has changed is told, but not shown", () => {
  const before = { settings: { apiKey: "old", nested: { password: "${env:A}" } } };
  const wanted = { settings: { apiKey: "new", nested: { password: "${env:B}" } } };
  expect(changes(before, wanted)).toEqual([
    "settings.apiKey: (hidden) → (hidden)",
    "settings.nested.password: ${env:A} → ${env:B}",
  ]);
});

test("privacy rules are compared one by one, their key as a reference", () => {
  const privacy = { keep: [], hash: ["email"], mask: [], drop: [], strict: false, key: "${env:KEY}" };
  expect(changes({ privacy }, { privacy: { ...privacy, hash: [], drop: ["email"] } })).toEqual([
    'privacy.hash: ["email"] → []',
    'privacy.drop: [] → ["email"]',
  ]);
});
