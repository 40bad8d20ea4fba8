import { expect, test } from "vitest";
import { instantOption } from "../../src/cli/instant-option.ts";

const nowMs = Date.parse("2026-03-01T10:00:00.000Z");

test.each([
  ["2h", "2026-03-01T08:00:00.000Z"],
  ["7d", "2026-02-22T10:00:00.000Z"],
  ["2026-02-28", "2026-02-28T00:00:00.000Z"],
  ["2026-02-28T12:30", "2026-02-28T12:30:00.000Z"],
  ["2026-02-28T12:30:15.5", "2026-02-28T12:30:15.500Z"],
  ["2026-02-28T12:30Z", "2026-02-28T12:30:00.000Z"],
  ["2026-02-28T12:30:00+02:00", "2026-02-28T10:30:00.000Z"],
  ["2024-02-29T23:30-02:00", "2024-03-01T01:30:00.000Z"],
  ["2026-03-01T10:00:59Z", "2026-03-01T10:00:59.000Z"],
])("%s is %s", (text, expected) => {
  expect(instantOption("--since", text, nowMs)).toBe(expected);
});

test.each([
  "yesterday",
  "2",
  "-2h",
  "",
  "2026-13-01",
  "2026-02-31",
  "2025-02-29T12:00Z",
  "0000-12-31",
  "0001-01-01T00:00+02:00",
  "999999999d",
  "999999d",
  "2026-02-28 12:30",
  "1772359200000",
])("%j is no time, and what would be is told", (text) => {
  expect(() => instantOption("--since", text, nowMs)).toThrow(
    expect.objectContaining({
      faults: [
        `--since must be a time such as 2026-03-01T10:00Z, or how long ago, such as 2h or 7d; not ${text}`,
      ],
    }),
  );
});

test.each(["2026-03-01T10:01:01Z", "2026-03-02", "9999-12-31"])(
  "%s has yet to come, which is told",
  (text) => {
    expect(() => instantOption("--until", text, nowMs)).toThrow(
      expect.objectContaining({
        faults: [
          `--until must be a time of the past, such as 2026-03-01T10:00:00.000Z; ${text} is yet to come`,
        ],
      }),
    );
  },
);
