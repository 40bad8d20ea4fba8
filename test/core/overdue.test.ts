import { expect, test } from "vitest";
import { overdueMs } from "../../src/core/overdue.ts";

const minuteMs = 60_000;
const due = { pollDueInMs: null, sweepDueInMs: 5 * minuteMs, windows: null };
const at = (time: string) => Date.parse(`2026-05-01T${time}:00Z`);

test("what is not due yet is not overdue, and what is due is for as long", () => {
  expect(overdueMs({ ...due, pollDueInMs: 1 }, 0)).toBe(0);
  expect(overdueMs({ ...due, pollDueInMs: -minuteMs }, 0)).toBe(minuteMs);
});

test("a late sweep counts only where there are no polls", () => {
  expect(overdueMs({ ...due, sweepDueInMs: -minuteMs }, 0)).toBe(minuteMs);
  expect(overdueMs({ ...due, sweepDueInMs: -minuteMs, pollDueInMs: 1 }, 0)).toBe(0);
});

test("while windows are closed nothing is overdue, and afterwards only since they opened", () => {
  const windows = { timeZone: "UTC", passes: ["06:00-20:00"], sweeps: [] };
  const hour = { ...due, pollDueInMs: -60 * minuteMs, windows };
  expect(overdueMs(hour, at("05:59"))).toBe(0);
  expect(overdueMs(hour, at("06:10"))).toBe(10 * minuteMs);
  expect(overdueMs(hour, at("12:00"))).toBe(60 * minuteMs);
  expect(overdueMs(hour, at("20:30"))).toBe(0);
});

test("sweeps have windows of their own where there are no polls", () => {
  const windows = { timeZone: "UTC", passes: ["06:00-20:00"], sweeps: ["00:30-04:00"] };
  const swept = { ...due, sweepDueInMs: -60 * minuteMs, windows };
  expect(overdueMs(swept, at("12:00"))).toBe(0);
  expect(overdueMs(swept, at("01:00"))).toBe(30 * minuteMs);
  expect(overdueMs({ ...swept, pollDueInMs: -60 * minuteMs }, at("12:00"))).toBe(60 * minuteMs);
});
