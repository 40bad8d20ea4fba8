import { expect, it } from "vitest";
import { createLane } from "../../src/app/lane.ts";
import { ownedShard } from "../../src/app/owned-shard.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import type { Store } from "../../src/ports/store.ts";
import { owned } from "../contract/store-samples.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";
import { freshStore } from "./fresh-store.ts";

const database = freshStore();

/** The store, and what was called since the list was emptied last. */
function listened(store: Store): { store: Store; called: string[] } {
  const called: string[] = [];
  const listening = new Proxy(store, {
    get(target, name: keyof Store) {
      called.push(name);
      return target[name];
    },
  });
  return { store: listening, called };
}

it("a sweep of a source without polls over what has not changed is one SELECT and one staging write per page: accounts and journal are not touched", async () => {
  const { store } = await database.open();
  const at = await owned(store, { everyMs: null });
  const { ports, script, clock } = await laneHarness();
  const { called, store: heard } = listened(store);
  const lease = { ...leaseTiming, stopAfterMs: Number.POSITIVE_INFINITY };
  const lane = createLane(ownedShard(at.lease, clock, lease, clock.monotonicMs()), at.source, clock);
  const pages = [0, 1, 2].map((page) => ({
    observations: Array.from({ length: 100 }, (_, index) => seen(`a${page * 100 + index}`)),
    cursor: page,
  }));
  const sweep = async () => {
    script.sweeps.push({ pages });
    await takeTurn(lane, "sweep", { ...ports, store: heard });
    expect(lane.source).toMatchObject({ isLoaded: true, population: 300, openSweep: null, failures: 0 });
  };
  // A row that is written anew has another place, or another author.
  const rows = async () => {
    const { rows: found } = await database.behind.query(
      `select ctid::text || xmin::text as version from account
       union all select ctid::text || xmin::text from journal order by version`,
    );
    return found;
  };

  await sweep();
  const before = await rows();
  expect(before).toHaveLength(2 * 300);
  called.length = 0;
  await sweep();
  expect(await rows()).toEqual(before);
  const count = (name: keyof Store) => called.filter((each) => each === name).length;
  expect(count("knownAccounts")).toBe(3);
  // One per page, and the one that ends the sweep.
  expect(count("commit")).toBe(3 + 1);
  expect((await store.shardAnchor(0)).lastSeq).toBe("300");
});
