import { expect, test } from "vitest";
import { type Budget, budget } from "../../src/connectors/budget.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";

const endless = new AbortController().signal;

/** A source that asks for thousands of requests, ten at a time, as a sweep with look-ups does. @returns how many it has made so far */
function greedy(source: string, shared: Budget, isUrgent = false) {
  let made = 0;
  const oneAfterAnother = async () => {
    for (;;) {
      await shared.take({ source, isUrgent }, endless);
      made += 1;
    }
  };
  for (let lane = 0; lane < 10; lane++) void oneAfterAnother();
  return () => made;
}

/** A source that makes three requests every ten seconds. @returns how long its polls took, in milliseconds */
function polling(source: string, shared: Budget, clock: ManualClock) {
  const tookMs: number[] = [];
  const forEver = async () => {
    for (;;) {
      const startedAtMs = clock.monotonicMs();
      for (let request = 0; request < 3; request++) await shared.take({ source, isUrgent: true }, endless);
      tookMs.push(clock.monotonicMs() - startedAtMs);
      await clock.sleep(10_000);
    }
  };
  void forEver();
  return tookMs;
}

test("sweeps of thousands of requests do not delay the polls of their group, and go on all the same", async () => {
  const clock = manualClock();
  const shared = budget({ requests: 2, perMs: 1_000 }, clock);
  const swept = [greedy("first", shared), greedy("second", shared)];
  await clock.advance(30_000);
  const polls = ["a", "b"].map((source) => polling(source, shared, clock));
  await clock.advance(600_000);
  for (const tookMs of polls) {
    expect(tookMs.length).toBeGreaterThan(40);
    expect(Math.max(...tookMs), "three requests at two per second, in turns with two others").toBeLessThan(
      6_000,
    );
  }
  const [first = 0, second = 0] = swept.map((made) => made());
  expect(first + second).toBeGreaterThan(700);
  expect(Math.abs(first - second)).toBeLessThanOrEqual(1);
});

test("polls that are never done leave a sweep every fourth request, and each other the same share", async () => {
  const clock = manualClock();
  const shared = budget({ requests: 4, perMs: 1_000 }, clock);
  const sweep = greedy("sweep", shared);
  const [one, two] = [greedy("one", shared, true), greedy("two", shared, true)];
  await clock.advance(100_000);
  expect(sweep()).toBeGreaterThanOrEqual(95);
  expect(sweep()).toBeLessThanOrEqual(105);
  expect(Math.abs(one() - two())).toBeLessThanOrEqual(1);
});
