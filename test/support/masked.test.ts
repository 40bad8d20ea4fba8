import { describe, expect, it } from "vitest";
import { ago } from "../../src/cli/ago.ts";
import { progressText } from "../../src/cli/replay-text.ts";
import { since } from "../../src/cli/since.ts";
import { durationText } from "../../src/core/duration.ts";
import { masked } from "./masked.ts";

const nowMs = Date.parse("2026-03-01T10:20:00Z");
/** On either side of each place where the unit changes. */
const spansMs = [
  0, 499, 500, 999, 1_500, 9_499, 9_500, 59_499, 119_499, 119_500, 3_599_000, 7_199_499, 7_199_500,
  86_399_000, 172_799_499, 172_799_500, 2_591_999_000, 34_560_000_000,
];
const ages = [...new Set(spansMs.map(ago))];

describe("masked", () => {
  it("is the same for every age in a table, and for every time that something took", () => {
    const rows = ages.map((age) => `acme-hr  ${age.padEnd(5)}  ${age.replace("now", "<1s").padEnd(5)}`);
    expect(new Set(rows.map(masked)).size).toBe(1);
  });

  it("is the same for every time with its age", () => {
    const texts = spansMs.map((ms) => since(new Date(nowMs - ms).toISOString(), nowMs));
    expect(new Set(texts.map((text) => masked(`left ${text}, after a poll`))).size).toBe(1);
  });

  it("is the same for what is due and what will be, and for every span", () => {
    const dues = ages.map((age) => (age === "now" ? "every 1h, due now" : `every 1h, next in ${age}`));
    const spans = spansMs.map((ms) => masked(`a pass every ${durationText(ms)}`));
    expect(new Set(dues.map(masked)).size).toBe(1);
    expect(new Set(spans).size).toBe(1);
  });

  it("is the same however far and fast something is", () => {
    const speeds = [null, 0, 0.4, 7, 1_234.5, 99_999];
    const texts = [0, 1, 24, 2_000].flatMap((done) =>
      speeds.map((speed) => masked(progressText({ kind: "journal", done, expected: 2_000 }, speed))),
    );
    expect(new Set(texts)).toEqual(new Set(["[] 0 % 0 of 0 events"]));
  });

  it("is the same for every cursor's mark, be it digits or letters alone", () => {
    const texts = ["95b590ca", "12345678", "deadbeef", "0e123456"].map((mark) =>
      masked(`1  ${mark}, version 1`),
    );
    expect(new Set(texts).size).toBe(1);
  });

  it.each([
    ["never", "3s"],
    ["polled 3s ago", "swept 3s ago"],
    ["20 accounts", "20 events"],
    ["20 MB", "20s"],
    ["2 seconds", "2s"],
    ["in 5m", "5m ago"],
    ["every 5m, due now", "every 5m"],
    ["replay 2 is paused", "replay 2 is resumed"],
    ["[###---]  25 %", "25 %"],
    ["5 of 20 events", "5 events"],
    ["acme-hr  current  20", "acme-hr  current"],
    ["one\ntwo", "one two"],
    ["cursor 95b590ca", "cursor none"],
  ])("tells %j from %j", (one, other) => {
    expect(masked(one)).not.toBe(masked(other));
  });
});
