import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTimeZone, isWindow, openingHours } from "../../src/core/opening-hours.ts";
import { seed } from "../support/seed.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** When windows open next, both as ISO-8601. */
function opens(at: string, windows: readonly string[], timeZone = "UTC"): string {
  return new Date(openingHours(windows, timeZone).opensAt(Date.parse(at))).toISOString();
}

describe("windows", () => {
  const working = ["Mon-Fri 06:00-20:00", "Sat 08:00-12:00"];
  test.each([
    // The first of May 2026 is a Friday.
    ["on a working day", "2026-05-01T06:00:00.000Z", "2026-05-01T06:00:00.000Z", working],
    ["until their last moment", "2026-05-01T19:59:59.999Z", "2026-05-01T19:59:59.999Z", working],
    ["from the next day on", "2026-05-01T20:00:00.000Z", "2026-05-02T08:00:00.000Z", working],
    ["behind the weekend", "2026-05-02T12:00:00.000Z", "2026-05-04T06:00:00.000Z", working],
    ["every night before midnight", "2026-05-01T21:30:00.000Z", "2026-05-01T22:00:00.000Z", ["22:00-06:00"]],
    ["and after it", "2026-05-02T05:59:00.000Z", "2026-05-02T05:59:00.000Z", ["22:00-06:00"]],
    ["beyond the end of a week", "2026-05-04T05:00:00.000Z", "2026-05-04T05:00:00.000Z", ["Sun 22:00-06:00"]],
    ["in days beyond it", "2026-05-04T09:00:00.000Z", "2026-05-04T09:00:00.000Z", ["Sat-Mon 09:00-10:00"]],
    ["for a whole day", "2026-05-02T23:59:59.000Z", "2026-05-03T00:00:00.000Z", ["Sun 00:00-24:00"]],
    ["always, when there are none", "2026-05-02T23:59:59.000Z", "2026-05-02T23:59:59.000Z", []],
  ])("are open %s", (_when, at, expected, windows) => {
    expect(opens(at, windows)).toBe(expected);
  });

  test.each([
    // Berlin: 02:00 becomes 03:00 on 29 March 2026, and 03:00 becomes 02:00 on 25 October 2026.
    ["an hour that is left out", "02:15-02:45", "2026-03-28T12:00:00.000Z", "2026-03-30T00:15:00.000Z"],
    [
      "what is left of a window whose beginning is left out",
      "02:30-04:00",
      "2026-03-29T00:00:00.000Z",
      "2026-03-29T01:00:00.000Z",
    ],
    ["six on a summer's morning", "Sun 06:00-07:00", "2026-03-28T12:00:00.000Z", "2026-03-29T04:00:00.000Z"],
    ["six on a winter's morning", "Sun 06:00-07:00", "2026-10-24T12:00:00.000Z", "2026-10-25T05:00:00.000Z"],
    ["an hour that comes twice", "02:00-02:30", "2026-10-25T00:30:00.000Z", "2026-10-25T01:00:00.000Z"],
  ])("know when the clock is changed: %s", (_what, window, at, expected) => {
    expect(opens(at, [window], "Europe/Berlin")).toBe(expected);
  });

  test.each([
    "Mon-Fri",
    "6:00-20:00",
    "Mo 06:00-20:00",
    "Mon 06:00-06:00",
    "25:00-26:00",
    "06:00-24:30",
    "x",
  ])("are not written %s", (text) => {
    expect(isWindow(text)).toBe(false);
  });
});

test("only the clocks of time zones that there are can be read", () => {
  expect(["UTC", "Europe/Berlin", "Europe/Berlyn", ""].map(isTimeZone)).toEqual([true, true, false, false]);
});

/** The wall clock as people read it: `Mon 06:00`. */
function wallOf(timeZone: string): (atMs: number) => { day: number; time: string } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
  return (atMs) => {
    const [day = "", time = ""] = format.format(atMs).split(/,? /);
    return { day: days.indexOf(day), time };
  };
}

interface Written {
  first: number;
  last: number;
  from: string;
  until: string;
}

/** The slow way: minute by minute, with times compared as text. */
function slowly(windows: readonly Written[], timeZone: string, atMs: number): number {
  const wall = wallOf(timeZone);
  const isDay = ({ first, last }: Written, day: number) =>
    first <= last ? day >= first && day <= last : day >= first || day <= last;
  const isOpen = (ms: number) => {
    const { day, time } = wall(ms);
    return windows.some((window) => {
      const { from, until } = window;
      if (from < until) return isDay(window, day) && time >= from && time < until;
      return (isDay(window, day) && time >= from) || (isDay(window, (day + 6) % 7) && time < until);
    });
  };
  if (isOpen(atMs)) return atMs;
  let next = Math.floor(atMs / minuteMs) * minuteMs;
  do next += minuteMs;
  while (!isOpen(next));
  return next;
}

test("they open when a clock on the wall says so, minute by minute", { timeout: 120_000 }, () => {
  const anyTime = fc
    .tuple(fc.nat(23), fc.constantFrom(0, 1, 15, 30, 59))
    .map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":"));
  const anyWindow: fc.Arbitrary<Written> = fc
    .record({ first: fc.nat(6), last: fc.nat(6), from: anyTime, until: anyTime })
    .filter(({ from, until }) => from !== until);
  // Around the changes of clocks, more often than not.
  const anyMoment = fc
    .tuple(
      fc.constantFrom(
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-03-08T07:00:00Z",
        "2026-11-01T06:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-10-03T15:30:00Z",
        "2026-07-15T12:00:00Z",
      ),
      fc.integer({ min: -30 * hourMs, max: 6 * hourMs }),
    )
    .map(([change, offMs]) => Date.parse(change) + offMs);
  const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
  fc.assert(
    fc.property(
      fc.array(anyWindow, { minLength: 1, maxLength: 2 }),
      fc.constantFrom(...zones),
      fc.array(anyMoment, { minLength: 1, maxLength: 3 }),
      (windows, zone, moments) => {
        const texts = windows.map(
          ({ first, last, from, until }) => `${days[first]}-${days[last]} ${from}-${until}`,
        );
        const hours = openingHours(texts, zone);
        // The same hours are asked again: what they remember must not mislead them.
        for (const atMs of moments.flatMap((ms) => [ms, ms + 1])) {
          expect(new Date(hours.opensAt(atMs))).toEqual(new Date(slowly(windows, zone, atMs)));
        }
      },
    ),
    { numRuns: 60, seed },
  );
});
