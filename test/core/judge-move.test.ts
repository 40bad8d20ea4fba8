import { describe, expect, test } from "vitest";
import { cursorMark } from "../../src/core/cursor-mark.ts";
import { SourceHaltedError } from "../../src/core/errors.ts";
import { type AskedMove, type CursorReader, judgeMove } from "../../src/core/judge-move.ts";

const source = { name: "acme-hr", everyMs: 60_000, cursor: { since: 7 } };
const seen = cursorMark(source.cursor);
const reader: CursorReader = {
  name: "feed",
  cursorVersion: 2,
  cursorFaults: (cursor) => (cursor === "odd" ? ["since is missing", "seen is missing"] : []),
};
const judge = (to: AskedMove["to"], changes: Partial<typeof source> = {}) =>
  judgeMove({ ...source, ...changes }, { seen, to }, () => reader);

describe("a source goes on", () => {
  test.each<[where: string, to: AskedMove["to"], version: number]>([
    ["at any cursor that its connector reads, as one of its own version", { cursor: { since: 1 } }, 2],
    ["at a stored cursor of that version", { cursor: { since: 1 }, cursorVersion: 2 }, 2],
    ["at no cursor, so at the beginning", { cursor: null }, 2],
    ["where it had none, whatever the version was then", { cursor: null, cursorVersion: 1 }, 1],
  ])("%s", (_where, to, cursorVersion) => {
    const { cursor } = to as { cursor: null };
    expect(judge(to)).toEqual({ cursor, cursorVersion });
  });

  test("where it stands already", () => {
    expect(judge({ cursor: source.cursor })).toEqual({ cursor: source.cursor, cursorVersion: 2 });
  });
});

describe("a source does not go on", () => {
  test("when it is never polled", () => {
    const never = { ...source, everyMs: null };
    expect(judgeMove(never, { seen, to: { cursor: null } }, () => reader)).toBe(
      "it is never polled and has no cursor; to read everything: tidemark source sweep acme-hr",
    );
  });

  test("when it is not where the asker has seen it", () => {
    expect(judge({ cursor: null }, { cursor: { since: 8 } })).toBe(
      "the cursor has moved since it was seen; look again: tidemark cursor show acme-hr",
    );
  });

  test("at a cursor of another version, whether it looks readable or not", () => {
    expect(judge({ cursor: { since: 1 }, cursorVersion: 1 })).toBe(
      "that cursor is of version 1, and this feed reads version 2; to have everything read again: tidemark cursor reset acme-hr",
    );
  });

  test("at a cursor that its connector cannot read", () => {
    expect(judge({ cursor: "odd" })).toBe(
      "feed cannot read that cursor (since is missing; seen is missing); compare it: tidemark cursor show acme-hr",
    );
  });

  test("when nothing reads its cursors; what to do names the source", () => {
    const none = () => {
      throw new SourceHaltedError("TIDEMARK_SOURCE_SETTINGS", "there is no connector feed in this version");
    };
    expect(judgeMove(source, { seen, to: { cursor: null } }, none)).toMatch(
      /^there is no connector feed in this version\. .*tidemark source resume acme-hr/,
    );
    const broken = () => {
      throw new TypeError("a bug");
    };
    expect(() => judgeMove(source, { seen, to: { cursor: null } }, broken)).toThrow("a bug");
  });

  test("to a place that there is not, which matters only where it could go on at all", () => {
    expect(judge("there is no checkpoint 9 any more")).toBe("there is no checkpoint 9 any more");
    expect(judge("there is no checkpoint 9 any more", { cursor: { since: 8 } })).toMatch(
      /^the cursor has moved/,
    );
  });
});
