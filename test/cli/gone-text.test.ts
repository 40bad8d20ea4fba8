import { expect, test } from "vitest";
import { goneText } from "../../src/cli/gone-text.ts";

const nowMs = Date.parse("2026-03-01T12:00:00.000Z");
const gone = {
  kind: "gone",
  shard: 2,
  earliest: { seq: "48211", at: "2026-03-01T00:00:00.000Z" },
} as const;
const typed = (options: Parameters<typeof goneText>[1]) => goneText(gone, options, nowMs).split("\n").at(-1);

test("it tells how far the journal reaches back, and the command that begins there as it was begun", () => {
  expect(goneText(gone, { from: "2:1" }, nowMs).split("\n")).toEqual([
    "the journal of shard 2 reaches back to event 2:48211, 2026-03-01T00:00Z (12h ago): earlier ones have left by retention.",
    "  Begin there: tidemark replay start --from 2:48211",
  ]);
  expect(typed({ since: "7d" })).toBe(
    "  Begin there: tidemark replay start --since 2026-03-01T00:00:00.000Z",
  );
});

test("what was selected, where to and how fast stays, so that pasting it is no other replay", () => {
  const selected = { source: "acme-hr", account: "o'neil 7", op: "updated,deleted" };
  const whither = { until: "1h", toTopic: "copy", pace: "5", dryRun: true };
  expect(typed({ since: "7d", ...selected, ...whither })).toBe(
    String.raw`  Begin there: tidemark replay start --since 2026-03-01T00:00:00.000Z --until 1h --source acme-hr --account 'o'\''neil 7' --op updated,deleted --to-topic copy --pace 5 --dry-run`,
  );
});

test("of an empty journal there is nothing to begin with", () => {
  expect(goneText({ ...gone, earliest: null }, { since: "7d" }, nowMs)).toBe(
    "the journal of shard 2 holds no event any more: all have left by retention\n  Bring the current state instead with tidemark snapshot, of one source after another. They are: tidemark source list",
  );
});
