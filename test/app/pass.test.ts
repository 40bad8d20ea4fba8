import { expect, test } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import { laneHarness } from "../support/lane-harness.ts";

test("requests of a poll go before others of its group, those of a first load and of a sweep do not", async () => {
  const { lane, ports } = await laneHarness();
  const { upstreamOf } = ports;
  const urgent: boolean[] = [];
  ports.upstreamOf = (source, signal, leaseLeftMs, isUrgent, signs) => {
    urgent.push(isUrgent);
    return upstreamOf(source, signal, leaseLeftMs, isUrgent, signs);
  };
  for (const turn of ["poll", "poll", "sweep"] as const) await takeTurn(lane, turn, ports);
  expect(urgent).toEqual([false, true, false]);
});
