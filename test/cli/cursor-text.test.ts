import { describe, expect, it } from "vitest";
import { checkpointOf, liveCursorOf } from "../../src/cli/cursor.ts";
import { checkpointListText, checkpointText, liveCursorText, movedText } from "../../src/cli/cursor-text.ts";
import { setCursor } from "../../src/cli/move-cursor.ts";
import type { Checkpoint } from "../../src/ports/store.ts";
import { cursorHarness } from "../support/cursor-harness.ts";

const nowMs = Date.parse("2026-03-01T12:00:00Z");
const source = "a".repeat(30);
const checkpoint: Checkpoint = {
  id: "123456789",
  source,
  cursor: { since: "2026-03-01T11:00:00Z" },
  cursorVersion: 2,
  shard: 1_023,
  seq: "9007199254740993",
  population: 20_000_000,
  reason: "resume",
  actor: "somebody",
  at: "2026-03-01T11:58:00Z",
};
const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

describe("cursors as text", () => {
  it("a list fits a terminal, and ends with the way to older ones", () => {
    const of = { source: "acme-hr", hasOlder: true };
    const text = checkpointListText([checkpoint], of, nowMs);
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^CHECKPOINT +AGE +REASON +BY /);
    expect(text).toContain("\n123456789   2m   resume  somebody  20000000  1023:9007199254740993  ");
    const newer = { ...checkpoint, id: "123456790" };
    const page = checkpointListText([newer, checkpoint], of, nowMs);
    expect(page).toMatch(/--to 123456790\nOlder ones: tidemark cursor list acme-hr --before 123456789$/);
    expect(checkpointListText([newer, checkpoint], { ...of, hasOlder: false }, nowMs)).not.toMatch(/Older/);
    expect(checkpointListText([], { source: "acme-hr", before: "123456789", hasOlder: false }, nowMs)).toBe(
      "acme-hr has no checkpoint before 123456789: tidemark cursor list acme-hr",
    );
    expect(checkpointListText([], { source: "acme-hr", hasOlder: false }, nowMs)).toBe(
      "acme-hr has no checkpoint yet: its first poll leaves one",
    );
  });

  it("a checkpoint tells whether somebody did something after it", () => {
    const text = checkpointText(checkpoint, nowMs);
    expect(text).toContain("  left 2026-03-01T11:58Z (2m ago), before resume by somebody");
    const polled = { ...checkpoint, reason: "poll", actor: null };
    expect(checkpointText(polled, nowMs)).toContain("(2m ago), after a poll\n");
  });

  it("a source without a cursor reads everything", () => {
    const live = { ...checkpoint, cursor: null, revision: "5", movedAt: null };
    expect(liveCursorText(live, nowMs)).toContain(", the next poll reads\neverything\n");
  });

  it("a move shows both cursors on a line each, and the way back", () => {
    const [before, after] = [0, 1].map((at) => ({ mark: "3f2a91c0", cursor: { seen: "x".repeat(200), at } }));
    if (before === undefined || after === undefined) throw new Error("there are two");
    const moved = {
      source: "acme-hr",
      before,
      after,
      checkpoint: "7",
      replay: "3",
      state: "halted" as const,
    };
    expect(widest(movedText(moved))).toBeLessThanOrEqual(80);
    expect(movedText(moved).split("\n").slice(-3)).toEqual([
      "It is halted; to let it go on:     tidemark source resume acme-hr",
      "To watch what is published again:  tidemark replay show 3",
      "undo: tidemark cursor rewind acme-hr --to 7",
    ]);
    const running = { ...moved, state: "running" as const, replay: null };
    expect(movedText(running)).not.toMatch(/resume|replay/);
  });
});

describe("a mistake is told before anything is asked for", () => {
  const options = { config: "none.yaml", output: "table" };

  it.each([
    ["null", "null is no cursor; to have everything read again: tidemark cursor reset acme-hr"],
    ["{", "--to must be JSON, as tidemark cursor show acme-hr prints it; not {"],
  ])("as cursor: %s", async (to, fault) => {
    await expect(setCursor("acme-hr", { ...options, to })).rejects.toMatchObject({ faults: [fault] });
  });

  it("a source or a checkpoint that there is not", async () => {
    const { store } = await cursorHarness();
    await expect(liveCursorOf(store, "acne")).rejects.toMatchObject({
      faults: ["there is no source acne; did you mean acme? (tidemark source list)"],
    });
    const none = { faults: ["there is no checkpoint 99: run tidemark cursor list acme"] };
    await expect(checkpointOf(store, "acme", "99")).rejects.toMatchObject(none);
  });
});
