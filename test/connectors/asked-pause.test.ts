import { expect, test } from "vitest";
import { askedPauseMs } from "../../src/connectors/asked-pause.ts";

const nowMs = Date.parse("2026-05-01T12:00:00Z");

test.each<[Record<string, string>, boolean, number | null]>([
  [{ "retry-after": "2" }, true, 2_000],
  [{ "retry-after": "Fri, 01 May 2026 12:00:03 GMT" }, true, 3_000],
  [{ "retry-after": "2", "ratelimit-reset": "9" }, true, 2_000],
  [{ "ratelimit-reset": "9" }, true, 9_000],
  [{ "ratelimit-reset": " 0 " }, true, 0],
  [{ "retry-after": "soon", "ratelimit-reset": "9" }, true, 9_000],
  // For information only: the answer is another trouble.
  [{ "ratelimit-reset": "9" }, false, null],
  [{ "retry-after": "2", "ratelimit-reset": "9" }, false, 2_000],
  // A date in seconds.
  [{ "ratelimit-reset": "1777636800" }, true, null],
  [{ "ratelimit-reset": "-1" }, true, null],
  [{ "ratelimit-reset": "9.5" }, true, null],
  [{}, true, null],
])("%j (throttled: %j) asks to wait %j ms", (headers, isThrottled, ms) => {
  expect(askedPauseMs(headers, { isThrottled, nowMs })).toBe(ms);
});
