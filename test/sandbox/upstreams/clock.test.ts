import { afterEach, expect, test, vi } from "vitest";
import { simulatedClock } from "../../../src/sandbox/upstreams/clock.ts";
import { retryAfter } from "../../../src/sandbox/upstreams/retry-after.ts";

afterEach(() => void vi.useRealTimers());

test("the clock stands still while the machine's clock goes back", () => {
  vi.useFakeTimers({ now: 1_000_000 });
  const clock = simulatedClock(500);
  expect(clock.now()).toBe(1_000_500);
  vi.setSystemTime(900_000);
  expect(clock.now()).toBe(1_000_500);
  vi.setSystemTime(1_100_000);
  expect(clock.now()).toBe(1_100_500);
});

test("a Retry-After date is a whole second that is never too early", () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 12, 0, 0, 400) });
  const clock = simulatedClock(0);
  expect(retryAfter("date", 30, clock)).toEqual({ "retry-after": "Thu, 01 Jan 2026 12:00:31 GMT" });
  expect(retryAfter("seconds", 30, clock)).toEqual({ "retry-after": "30" });
  expect(retryAfter("none", 30, clock)).toEqual({});
});
