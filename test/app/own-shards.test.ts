import { describe, expect, it } from "vitest";
import { ownShards } from "../../src/app/own-shards.ts";
import type { OwnedShard } from "../../src/app/owned-shard.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import type { Store } from "../../src/ports/store.ts";
import { type LaneHarness, laneHarness } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";

const shardCount = 8;

/** A worker that owns shards and does nothing with them. */
function worker(id: string, { ports }: Pick<LaneHarness, "ports">) {
  const stopping = new AbortController();
  const owned = new Map<number, OwnedShard>();
  const order: string[] = [];
  const ended = ownShards(
    {
      worker: { id, host: "test", version: "0" },
      shardCount,
      timing: leaseTiming,
      signal: stopping.signal,
      start(shard) {
        owned.set(shard.shard, shard);
        return async () => {
          order.push(`rest ${shard.shard}`);
          owned.delete(shard.shard);
        };
      },
      onConfigRevision: () => {},
    },
    ports,
  );
  return {
    owned,
    order,
    /** Ends it in good order. */
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function installation() {
  const harness = await laneHarness();
  const { store, clock } = harness;
  // Eight shards without leases, in a store that several workers share.
  const state = store.state.shards;
  for (let id = 0; id < shardCount; id += 1) {
    state.set(id, { ...state.get(0)!, id, owner: null, term: 0n, expiresAt: 0, journal: [] });
  }
  return { ...harness, store, clock };
}

/** A store that writes down what it is asked. */
function watched(store: Store, asked: string[]): Store {
  const operations = Object.entries(store).map(([name, operation]) => [
    name,
    (...args: unknown[]) => {
      asked.push(name);
      return (operation as (...given: unknown[]) => unknown)(...args);
    },
  ]);
  return Object.fromEntries(operations) as Store;
}

/** A store whose line can be cut, as when a process is killed: nothing gets through any more. */
function cuttable(store: Store) {
  let isCut = false;
  const operations = Object.entries(store).map(([name, operation]) => [
    name,
    (...args: unknown[]) =>
      isCut
        ? Promise.reject(new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the line is cut"))
        : (operation as (...given: unknown[]) => unknown)(...args),
  ]);
  return {
    store: Object.fromEntries(operations) as Store,
    cut: () => {
      isCut = true;
    },
  };
}

const sum = (...workers: { owned: Map<number, OwnedShard> }[]) => workers.map(({ owned }) => owned.size);

describe("owning shards", () => {
  it("one worker takes all, two share evenly, and every shard has one owner", async () => {
    const harness = await installation();
    const a = worker("a", harness);
    await settled();
    expect(sum(a)).toEqual([8]);
    const b = worker("b", harness);
    await harness.clock.advance(2_000);
    expect(sum(a, b)).toEqual([4, 4]);
    expect(new Set([...a.owned.keys(), ...b.owned.keys()]).size).toBe(8);
    await a.stop();
    await harness.clock.advance(1_000);
    expect(sum(b)).toEqual([8]);
    await b.stop();
  });

  it("a worker that has its share asks the database once a second, and renews every fifth", async () => {
    const harness = await installation();
    const asked: string[] = [];
    const a = worker("a", { ports: { ...harness.ports, store: watched(harness.store, asked) } });
    await settled();
    asked.length = 0;
    await harness.clock.advance(20_000);
    expect(asked.filter((name) => name === "announceWorker")).toHaveLength(20);
    expect(asked.filter((name) => name === "renewShards")).toHaveLength(4);
    expect(asked).toHaveLength(24);
    await a.stop();
  });

  it("a worker that leaves says so first, so that the others want its shards by the time that they are free", async () => {
    const harness = await installation();
    const asked: string[] = [];
    const a = worker("a", { ports: { ...harness.ports, store: watched(harness.store, asked) } });
    await settled();
    asked.length = 0;
    await a.stop();
    expect(asked).toEqual(["retireWorker", ...Array<string>(8).fill("releaseShards")]);
  });

  it("the shards of a worker that is killed move when its leases run out, and not before", async () => {
    const harness = await installation();
    const line = cuttable(harness.store);
    const killed = worker("a", { ports: { ...harness.ports, store: line.store } });
    const b = worker("b", harness);
    await harness.clock.advance(2_000);
    expect(sum(killed, b)).toEqual([4, 4]);
    line.cut();
    await harness.clock.advance(9_000);
    expect(sum(b)).toEqual([4]);
    await harness.clock.advance(9_000);
    expect(sum(b)).toEqual([8]);
    await Promise.all([killed.stop(), b.stop()]);
  });

  it("stops work on its own before the lease runs out when it cannot renew", async () => {
    const harness = await installation();
    const a = worker("a", harness);
    await settled();
    const shard = [...a.owned.values()][0];
    harness.ports.store.renewShards = () =>
      Promise.reject(new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "away"));
    await harness.clock.advance(11_000);
    expect(shard?.mayCommit()).toBe(true);
    await harness.clock.advance(2_000);
    expect(shard?.mayCommit()).toBe(false);
    expect(shard?.signal.aborted).toBe(true);
    await a.stop();
  });

  it("gives a shard up whose lease somebody else has taken", async () => {
    const harness = await installation();
    const a = worker("a", harness);
    await settled();
    const taken = harness.store.state.shards.get(3);
    const mine = a.owned.get(3);
    Object.assign(taken ?? {}, { owner: "thief", term: 99n, expiresAt: harness.clock.now() + 3_600_000 });
    await harness.clock.advance(6_000);
    expect(mine?.mayCommit()).toBe(false);
    expect(a.owned.has(3)).toBe(false);
    expect(sum(a)).toEqual([7]);
    await a.stop();
  });

  it("lets the work of a shard come to rest before it releases the lease, and releases at once when it stops", async () => {
    const harness = await installation();
    const a = worker("a", harness);
    await settled();
    await a.stop();
    expect(a.order).toHaveLength(8);
    expect([...harness.store.state.shards.values()].map(({ owner }) => owner)).toEqual(Array(8).fill(null));
    expect(harness.store.state.workers.size).toBe(0);
  });
});
