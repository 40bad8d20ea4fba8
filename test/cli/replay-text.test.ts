import { describe, expect, test } from "vitest";
import { planText, progressText, replayListText, replayText } from "../../src/cli/replay-text.ts";
import type { Replay } from "../../src/ports/store.ts";

const nowMs = Date.parse("2026-03-01T12:00:00.000Z");

function replayWith(changes: Partial<Replay> = {}): Replay {
  return {
    id: "3",
    kind: "journal",
    source: null,
    accountId: null,
    ops: null,
    topic: null,
    since: null,
    until: null,
    pace: null,
    state: "running",
    detail: null,
    actor: "ann",
    askedAt: "2026-03-01T11:55:00.000Z",
    endedAt: null,
    expected: 1_000_000,
    done: 420_000,
    parts: [{ shard: 0, nextSeq: "420001", endSeq: "1000000", done: 420_000, endedAt: null }],
    ...changes,
  };
}

const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

describe("progress", () => {
  test("shows how much is done, how fast, and how long it will take", () => {
    expect(progressText(replayWith(), 38_123.4)).toBe(
      "[#####-------]  42 %  420,000 of 1,000,000 events  38,123/s  15s left",
    );
  });

  test("promises no end where the speed is not known, is nothing, or nobody can tell how much there is", () => {
    expect(progressText(replayWith(), null)).toBe("[#####-------]  42 %  420,000 of 1,000,000 events");
    expect(progressText(replayWith(), 0)).toBe("[#####-------]  42 %  420,000 of 1,000,000 events  0/s");
    expect(progressText({ kind: "backfill", done: 7, expected: null }, 2)).toBe("7 accounts  2/s");
  });

  test("tells no end that is less than a second away", () => {
    expect(progressText(replayWith({ done: 999_600 }), 1_000)).toMatch(/ 1,000\/s$/);
    expect(progressText(replayWith({ done: 999_000 }), 1_000)).toMatch(/ 1s left$/);
  });

  test("is never more than whole, and fits a terminal", () => {
    const most = progressText(
      replayWith({ kind: "snapshot", done: 99_999_999, expected: 99_999_998 }),
      99_999,
    );
    expect(most).toContain("[############]  100 %");
    expect(widest(progressText(replayWith({ done: 10_000_000, expected: 99_999_999 }), 99_999))).toBeLessThan(
      80,
    );
  });
});

test("the list fits 80 columns whatever the names are", () => {
  const long = replayWith({
    source: "a".repeat(60),
    actor: "b".repeat(60),
    expected: 9_999_999,
    done: 8_888_888,
  });
  const short = replayWith({ id: "2", state: "done", expected: null });
  const text = replayListText([long, short], { hasOlder: false }, nowMs);
  expect(widest(text)).toBeLessThanOrEqual(80);
  expect(text).toMatch(/^ID +KIND +STATE +DONE +ASKED +BY +SOURCE\n3 +journal +running +88 % +5m /);
  expect(text).toMatch(/\n2 +journal +done +420,000 +5m +ann .* all$/);
});

test("the list ends with the command that shows older ones, when there are any", () => {
  const ids = ["18", "17"].map((id) => replayWith({ id }));
  const lastLine = (listed: Parameters<typeof replayListText>[1], replays = ids) =>
    replayListText(replays, listed, nowMs).split("\n").at(-1);
  expect(lastLine({ hasOlder: true })).toBe("Older ones: tidemark replay list --before 17");
  expect(lastLine({ hasOlder: true, source: "acme-hr", before: "19" })).toBe(
    "Older ones: tidemark replay list --source acme-hr --before 17",
  );
  expect(lastLine({ hasOlder: false })).toMatch(/^17 /);
  expect(lastLine({ hasOlder: false, source: "acme-hr" }, [])).toBe(
    "nothing was replayed yet: tidemark replay start --since 2h --source acme-hr --dry-run",
  );
  expect(lastLine({ hasOlder: false, before: "1" }, [])).toBe(
    "nothing was replayed before 1: tidemark replay list",
  );
});

test("one replay tells what was asked for, where each shard is, and what can be typed next", () => {
  const selected = {
    source: "acme-hr",
    accountId: "17",
    ops: ["updated", "deleted"] as const,
    topic: "copy",
  };
  expect(replayText(replayWith({ ...selected, pace: 500 }), nowMs).split("\n")).toEqual([
    "replay 3: events of the journal, running",
    "  asked     2026-03-01T11:55Z (5m ago) by ann",
    "  selected  source acme-hr; account 17; updated, deleted",
    "  to        topic copy",
    "  pace      500 events per second",
    "  progress  [#####-------]  42 %  420,000 of 1,000,000 events",
    "  shard 0   next is event 420001, the last one 1000000",
    "  tidemark replay pause 3",
    "  tidemark replay cancel 3",
  ]);
});

test("of one that failed it tells why and when, and offers nothing", () => {
  const endedAt = "2026-03-01T11:58:00.000Z";
  const text = replayText(replayWith({ state: "failed", detail: "the topic is gone", endedAt }), nowMs);
  expect(text).toContain("replay 3: events of the journal, failed: the topic is gone");
  expect(text).toContain("  ended     2026-03-01T11:58Z (2m ago)");
  expect(text).not.toContain("tidemark replay");
});

test("a plan tells how many events, from when to when, from where to where, and how long it takes", () => {
  const plan = {
    events: 1_200,
    firstAt: "2026-03-01T10:00:00.000Z",
    lastAt: "2026-03-01T11:00:00.000Z",
    shards: [0, 2],
    topics: ["copy"],
  };
  expect(planText({ ...plan, pace: 10 }, nowMs).split("\n")).toEqual([
    "1,200 events would be published again",
    "  from    2026-03-01T10:00Z (2h ago)",
    "  to      2026-03-01T11:00Z (60m ago)",
    "  shards  0, 2",
    "  topic   copy",
    "  pace    10 events per second: about 2m",
    "Nothing was begun: leave out --dry-run.",
  ]);
  expect(
    planText({ ...plan, events: 1, pace: 1 }, nowMs, "account", "of acme-hr would be published"),
  ).toMatch(/^1 account of acme-hr would be published\n[^]* {2}pace {4}1 account per second: about 1s\n/);
  const nothing = { events: 0, firstAt: null, lastAt: null, shards: [], topics: [], pace: null };
  expect(planText(nothing, nowMs).split("\n")).toHaveLength(3);
});
