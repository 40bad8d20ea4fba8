import { carryOutIntents } from "../../src/app/carry-out-intents.ts";
import { createLane, refreshLane } from "../../src/app/lane.ts";
import { ownedShard } from "../../src/app/owned-shard.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { Observation } from "../../src/core/account.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import type { SourceConfig } from "../../src/ports/store.ts";
import { type LaneHarness, laneHarness } from "./lane-harness.ts";
import { seen } from "./scripted-connector.ts";

/** A loaded source in its lane, with what tests of holds ask of it. */
export interface HoldHarness extends LaneHarness {
  poll(observations: readonly Observation[]): Promise<void>;
  /** A sweep of one page that ends complete, or until it gives way. */
  sweep(ids: readonly string[]): Promise<void>;
  /** Asks for a decision and has it carried out, as the worker does. @returns the intent's outcome. */
  decide(verb: "approve" | "reject", holdId: string, note?: string): Promise<string | null>;
  /** One turn for the approved holds. */
  carryOut(): Promise<void>;
  /** Takes the shard and the source as another process would: what was in memory is gone. */
  restart(): Promise<void>;
  /** `state reason accounts` of every hold with accounts. */
  holds(): Promise<string[]>;
  /** Ids of deleted events, in order. */
  deleted(): Promise<string[]>;
}

/** `a000`, `a001` … */
export function manyIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `a${String(index).padStart(3, "0")}`);
}

export function gone(id: string): Observation {
  return { id, gone: true, at: null };
}

/** A source that has been loaded with these accounts and is polled and swept only when the test says so. */
export async function holdHarness(
  accounts: readonly string[],
  changes: Partial<SourceConfig> = {},
): Promise<HoldHarness> {
  const far = 30 * 86_400_000;
  const inner = await laneHarness({ everyMs: far, sweepEveryMs: far, ...changes });
  const { script, ports, store, clock } = inner;
  let cursor = 0;
  const harness: HoldHarness = {
    ...inner,
    async poll(observations) {
      script.polls.push({ pages: [{ observations: [...observations], cursor: (cursor += 1) }] });
      await takeTurn(harness.lane, "poll", ports);
    },
    async sweep(ids) {
      script.sweeps.push({ pages: [{ observations: ids.map((id) => seen(id)), cursor: (cursor += 1) }] });
      await takeTurn(harness.lane, "sweep", ports);
    },
    async decide(verb, holdId, note) {
      const hold = { id: holdId, note: note ?? null };
      const intent = (await store.askIntent({ source: "acme", verb, actor: "ann", hold })) ?? "";
      const { lane, shard } = harness;
      const running = {
        shard,
        lanes: new Map([[lane.source.id, lane]]),
        refresh() {},
        forget() {},
        track() {},
        rest: async () => {},
      };
      await carryOutIntents(new Map([[0, running]]), ports);
      const source = await store.loadSource(lane.source.id);
      if (source !== null) refreshLane(lane, source, clock);
      return (await store.intent(intent))?.outcome ?? null;
    },
    carryOut: () => takeTurn(harness.lane, "hold", ports),
    async restart() {
      await clock.advance(20_000);
      const [lease] = await store.acquireShards({ workerId: "other", limit: 1, ttlMs: 15_000 });
      const [source] = await store.loadSources([0]);
      if (lease === undefined || source === undefined) throw new Error("the shard could not be taken");
      const timing = { ...leaseTiming, stopAfterMs: Number.POSITIVE_INFINITY };
      harness.shard = ownedShard(lease, clock, timing, clock.monotonicMs());
      harness.lane = createLane(harness.shard, source, clock);
    },
    holds: async () =>
      (await store.holds()).map(({ state, reason, accounts }) => `${state} ${reason} ${accounts}`),
    deleted: async () =>
      (await inner.journal()).flatMap(({ op, accountId }) => (op === "deleted" ? [accountId] : [])),
  };
  await harness.poll(accounts.map((id) => seen(id)));
  return harness;
}
