import { expect, test } from "vitest";
import { retryAfterMs } from "../../src/core/retry-after.ts";

const now = Date.parse("2026-05-01T12:00:00Z");

test.each([
  ["0", 0],
  ["7", 7_000],
  [" 7 ", 7_000],
  ["999999999", 3_600_000],
  ["Fri, 01 May 2026 12:00:09 GMT", 9_000],
  ["Friday, 01-May-26 12:00:09 GMT", 9_000],
  ["Fri, 01 May 2026 11:00:00 GMT", 0],
  ["Fri, 01 May 2037 11:00:00 GMT", 3_600_000],
  ["-5", null],
  ["1.5", null],
  ["soon", null],
  ["2026", 2_026_000],
  ["2026-05-01T12:00:09Z", null],
  ["", null],
  [undefined, null],
])("Retry-After %j asks for %j ms", (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected);
});
