import { expect, it } from "vitest";
import { ownedShard } from "../../src/app/owned-shard.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import { manualClock } from "../support/manual-clock.ts";

it("a lease can be relied on for as long as it is renewed, counted from when the renewal was asked for", async () => {
  const clock = manualClock();
  const shard = ownedShard({ shard: 0, term: "1" }, clock, leaseTiming, clock.monotonicMs());
  expect(shard.leaseLeftMs()).toBe(12_000);
  await clock.advance(5_000);
  const askedAtMs = clock.monotonicMs();
  await clock.advance(1_000);
  shard.confirm(askedAtMs);
  expect(shard.leaseLeftMs()).toBe(11_000);
  await clock.advance(11_000);
  expect([shard.leaseLeftMs(), shard.mayCommit()]).toEqual([0, false]);
});

it("a shard that is given up keeps what is left of its lease, one that is lost has none", () => {
  const clock = manualClock();
  const shard = ownedShard({ shard: 0, term: "1" }, clock, leaseTiming, clock.monotonicMs());
  shard.release();
  expect([shard.leaseLeftMs(), shard.mayCommit()]).toEqual([12_000, true]);
  shard.lose();
  expect([shard.leaseLeftMs(), shard.mayCommit()]).toEqual([0, false]);
});
