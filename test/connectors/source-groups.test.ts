import { expect, test } from "vitest";
import { sourceGroups } from "../../src/connectors/source-groups.ts";
import { memoryGrants } from "../../src/sdk/testing/memory-grants.ts";
import { manualClock } from "../support/manual-clock.ts";

const endless = new AbortController().signal;

function setup() {
  const clock = manualClock();
  const groupOf = sourceGroups(clock, memoryGrants(clock));
  const source = (name: string, requests: number, group: string | null = "hr") =>
    groupOf({ name, group, budget: { requests, perMs: 1_000 } });
  return { clock, source };
}

test("sources of a group share budget and tokens, others nothing", () => {
  const { source } = setup();
  const shared = source("a", 10);
  expect(source("b", 10).budget).toBe(shared.budget);
  expect(source("b", 10).tokens).toBe(shared.tokens);
  for (const other of [source("c", 10, "other"), source("hr-alone", 10, null)]) {
    expect(other.budget).not.toBe(shared.budget);
    expect(other.tokens).not.toBe(shared.tokens);
  }
});

test("sources that are set differently share the slowest ceiling, and keep what they have learned", async () => {
  const { clock, source } = setup();
  source("fast", 1_000);
  const { budget } = source("slow", 1);
  expect(source("fast", 1_000).budget).toBe(budget);
  let served = 0;
  for (let asked = 0; asked < 10; asked++)
    void budget.take({ source: "fast", isUrgent: true }, endless).then(() => (served += 1));
  await clock.advance(3_000);
  expect(served).toBe(3);
});

test("another setting counts from the next pass on, and costs no tokens", () => {
  const { source } = setup();
  const before = source("a", 1);
  const { budget, tokens } = before;
  const after = source("a", 100);
  expect(after.budget).not.toBe(budget);
  expect(after.tokens).toBe(tokens);
});
