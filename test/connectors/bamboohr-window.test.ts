import { describe, expect, test } from "vitest";
import type { BambooHrCursor } from "../../src/connectors/bamboohr/cursor.ts";
import { nextWindow, windowOf } from "../../src/connectors/bamboohr/window.ts";

const at = (second: number) => new Date(Date.UTC(2026, 4, 1, 12, 0, second)).toISOString();

function cursorOf(seen: BambooHrCursor["seen"], latest = 0): BambooHrCursor {
  return { latest: at(latest), since: at(latest - 60), seen, pass: null };
}

describe("an entry that looks as before", () => {
  test.each([
    // action, read late enough before, age in seconds, feed has moved, must be looked at
    ["Updated", false, 59, false, false],
    ["Updated", false, 60, false, true],
    ["Updated", true, 60, false, false],
    ["Updated", true, 60, true, false],
    ["Inserted", false, 59, true, false],
    ["Inserted", false, 60, false, true],
    ["Inserted", true, 60, false, false],
    ["Inserted", true, 60, true, true],
    ["Deleted", false, 600, true, false],
  ] as const)("%s, final %s, %i s old, feed moved %s: due %s", (action, isFinal, age, hasMoved, isDue) => {
    const cursor = cursorOf([["7", action, at(0), isFinal]]);
    const window = windowOf(cursor, { latest: at(hasMoved ? 5 : 0), answeredAt: at(age) });
    expect(window.isDue({ id: "7", action, lastChanged: at(0) })).toBe(isDue);
    expect(window.isDue({ id: "7", action, lastChanged: at(1) })).toBe(true);
    expect(window.isDue({ id: "8", action, lastChanged: at(0) })).toBe(true);
  });
});

describe("the next pass begins", () => {
  const entries = [
    { id: "1", action: "Updated", lastChanged: at(-61) },
    { id: "2", action: "Updated", lastChanged: at(-60) },
    { id: "3", action: "Inserted", lastChanged: at(0) },
  ] as const;
  const read = { entries, latest: at(0), isWhole: true };

  test("an overlap before the newest change, with the entries from there on remembered", () => {
    expect(nextWindow(cursorOf([], -500), { ...read, answeredAt: at(30) })).toEqual({
      since: at(-60),
      seen: [
        ["2", "Updated", at(-60), true],
        ["3", "Inserted", at(0), false],
      ],
    });
  });

  test("at the newest change, not behind it, once all was read late enough: `since` may be exclusive", () => {
    const settled = { since: at(0), seen: [["3", "Inserted", at(0), true]] };
    expect(nextWindow(cursorOf([], -500), { ...read, answeredAt: at(62) })).toEqual(settled);
    expect(nextWindow(cursorOf([], -500), { ...read, answeredAt: at(61) }).since).toBe(at(-60));
    expect(nextWindow(cursorOf([], -500), { ...read, answeredAt: at(62), isWhole: false }).since).toBe(
      at(-60),
    );
  });

  test("never before where this one began", () => {
    expect(nextWindow({ ...cursorOf([]), since: at(-10) }, { ...read, answeredAt: at(30) }).since).toBe(
      at(-10),
    );
  });
});
