import { expect, test } from "vitest";
import { type AskedOfSource, askedText } from "../../src/cli/asked-text.ts";

const source = {
  name: "acme-hr",
  everyMs: 60_000,
  isLoaded: true,
  sweeping: false,
  sweepNotOffered: null,
};

function told(verb: AskedOfSource, changes: Partial<Parameters<typeof askedText>[1]> = {}): string {
  const text = askedText(verb, { ...source, ...changes });
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  return text;
}

const seeIt = "\n  To see what it did: tidemark source show acme-hr";

test("a source is paused or resumed by then", () => {
  expect(told("pause")).toBe("acme-hr is paused\n  To let it go on: tidemark source resume acme-hr");
  expect(told("resume")).toBe("acme-hr is resumed");
});

test("a poll and a sweep are due, and not done", () => {
  expect(told("poll")).toBe(`acme-hr: a poll is due now${seeIt}`);
  expect(told("sweep")).toBe(`acme-hr: a sweep is due now${seeIt}`);
});

test("a sweep that was under way before does not begin anew", () => {
  expect(told("sweep", { sweeping: true })).toBe(
    `acme-hr: the sweep that is under way goes on now, from where it was${seeIt}`,
  );
});

test("a source that is polled is swept after its first load, one that is not is loaded by its sweep", () => {
  expect(told("sweep", { isLoaded: false })).toBe(
    `acme-hr: a sweep is due when its first load has ended${seeIt}`,
  );
  expect(told("sweep", { isLoaded: false, everyMs: null })).toBe(`acme-hr: a sweep is due now${seeIt}`);
});

test("where the upstream offered no sweep the next one may be none either, with why", () => {
  const why = "list_accounts leaves deactivated accounts out, and get_account cannot tell them apart";
  expect(told("sweep", { sweepNotOffered: why }).replaceAll(/\s+/g, " ")).toBe(
    `acme-hr: a sweep is due now, although its upstream last offered none: ${why}${seeIt}`.replaceAll(
      /\s+/g,
      " ",
    ),
  );
});
