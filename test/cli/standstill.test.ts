import { expect, test } from "vitest";
import { standstill } from "../../src/cli/standstill.ts";
import type { Overview } from "../../src/ports/store.ts";

type Replay = Parameters<typeof standstill>[0];

const snapshot: Replay = { id: "3", kind: "snapshot", source: "acme-hr", state: "running", done: 0 };
const worker = { id: "w", host: "h", version: "1", seenAgeMs: 0, shards: 4 };

function why(replay: Replay, state: "running" | "paused" | "halted", workers = [worker]): string | null {
  const source = { name: "acme-hr", state } as Overview["sources"][number];
  return standstill(replay, { workers, sources: [source] });
}

test.each(["paused", "halted"] as const)(
  "what a source that is %s has to bring waits for it to be resumed",
  (state) => {
    const said = `acme-hr is ${state}; replay 3 goes on when it is resumed: tidemark source resume acme-hr\n  To take it back: tidemark replay cancel 3`;
    for (const kind of ["snapshot", "backfill", "republish"] as const)
      expect(why({ ...snapshot, kind }, state)).toBe(said);
  },
);

test("neither the journal nor what is done needs the source, and a source that runs is in nobody's way", () => {
  expect(why({ ...snapshot, kind: "journal" }, "paused")).toBeNull();
  expect(why({ ...snapshot, state: "done" }, "paused")).toBeNull();
  expect(why({ ...snapshot, source: "other" }, "paused")).toBeNull();
  expect(why(snapshot, "running")).toBeNull();
});

test("without a worker it begins when one does, or goes on where it has begun", () => {
  expect(why(snapshot, "paused", [])).toMatch(/^no worker is running; replay 3 begins as soon as one does\./);
  expect(why({ ...snapshot, done: 1 }, "running", [])).toContain("replay 3 goes on as soon as one does.");
});
