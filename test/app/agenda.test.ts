import { expect, test } from "vitest";
import { createAgenda } from "../../src/app/agenda.ts";
import type { Lane } from "../../src/app/lane.ts";
import type { RunningShard } from "../../src/app/run-shard.ts";
import { laneHarness } from "../support/lane-harness.ts";

/** A shard with lanes that were polled last, and are due again, at these times. */
async function shardOf(times: readonly { attemptedAtMs: number; dueAtMs: number }[]) {
  const { lane, shard } = await laneHarness();
  const lanes = times.map(({ attemptedAtMs, dueAtMs }): Lane => {
    const own = Object.create(lane, Object.getOwnPropertyDescriptors({ isBusy: false })) as Lane;
    return Object.assign(own, {
      lastAttemptAtMs: attemptedAtMs,
      pollDueAtMs: dueAtMs,
      sweepDueAtMs: Infinity,
    });
  });
  const running = { shard, lanes: new Map(lanes.entries()) } as unknown as RunningShard;
  return { running, lanes, shard };
}

function taken(agenda: ReturnType<typeof createAgenda>, lanes: readonly Lane[], nowMs: number): number[] {
  const order: number[] = [];
  for (let next = agenda.next(nowMs); next !== null; next = agenda.next(nowMs))
    order.push(lanes.indexOf(next.lane));
  return order;
}

test("of what is due, the oldest attempt comes first, however late the others are", async () => {
  const { running, lanes } = await shardOf([
    { attemptedAtMs: 30, dueAtMs: 40 },
    { attemptedAtMs: 10, dueAtMs: 90 },
    { attemptedAtMs: 20, dueAtMs: 50 },
  ]);
  const agenda = createAgenda();
  agenda.look([running], 100, 350);
  expect(taken(agenda, lanes, 100)).toEqual([1, 2, 0]);
});

test("what becomes due before the next look waits for its time", async () => {
  const { running, lanes } = await shardOf([
    { attemptedAtMs: 0, dueAtMs: 300 },
    { attemptedAtMs: 90, dueAtMs: 200 },
    { attemptedAtMs: 80, dueAtMs: 1_000 },
  ]);
  const agenda = createAgenda();
  agenda.look([running], 100, 350);
  expect(agenda.nextAtMs()).toBe(200);
  expect(taken(agenda, lanes, 199)).toEqual([]);
  expect(taken(agenda, lanes, 200)).toEqual([1]);
  expect(taken(agenda, lanes, 349)).toEqual([0]);
  expect(agenda.nextAtMs()).toBe(350);
});

test("a lane whose turn has ended goes behind those that have waited longer", async () => {
  const { running, lanes } = await shardOf([
    { attemptedAtMs: 10, dueAtMs: 0 },
    { attemptedAtMs: 20, dueAtMs: 0 },
  ]);
  const agenda = createAgenda();
  agenda.look([running], 100, 350);
  const first = agenda.next(100)?.lane;
  expect(first).toBe(lanes[0]);
  Object.assign(lanes[0] ?? {}, { lastAttemptAtMs: 100 });
  agenda.put(lanes[0] as Lane, running, 110);
  expect(taken(agenda, lanes, 110)).toEqual([1, 0]);
});

test("a lane that is busy, paused or put off meanwhile gets no turn, nor does one of a shard that was given up", async () => {
  const { running, lanes, shard } = await shardOf([
    { attemptedAtMs: 1, dueAtMs: 0 },
    { attemptedAtMs: 2, dueAtMs: 0 },
    { attemptedAtMs: 3, dueAtMs: 0 },
  ]);
  const agenda = createAgenda();
  agenda.look([running], 100, 350);
  Object.assign(lanes[0] ?? {}, { isBusy: true });
  Object.assign(lanes[1] ?? {}, { pollDueAtMs: 500 });
  expect(taken(agenda, lanes, 100)).toEqual([2]);

  agenda.look([running], 600, 850);
  shard.release();
  expect(taken(agenda, lanes, 600)).toEqual([]);
  agenda.look([running], 700, 950);
  expect(agenda.nextAtMs()).toBe(950);
});
