import { carryOutIntents } from "../../src/app/carry-out-intents.ts";
import { createLane, refreshLane, setReplays } from "../../src/app/lane.ts";
import type { MoveArguments } from "../../src/app/move-cursor.ts";
import { ownedShard } from "../../src/app/owned-shard.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { Observation } from "../../src/core/account.ts";
import { cursorMark } from "../../src/core/cursor-mark.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import type { Checkpoint, Intent, SourceConfig } from "../../src/ports/store.ts";
import { type LaneHarness, laneHarness } from "./lane-harness.ts";
import { seen } from "./scripted-connector.ts";

/** A source whose upstream is a list of what has ever happened: its cursor is how many entries of it were read. */
export interface CursorHarness extends LaneHarness {
  /** What has happened at the upstream, oldest first; a page is two of them. */
  happened: Observation[];
  /** A poll from the stored cursor on. @param fails After this many pages. */
  poll(fails?: { after: number }): Promise<void>;
  /** Asks for a move from the cursor as it is now. @returns the intent's id. */
  ask(verb: "set" | "rewind" | "reset", given?: Omit<MoveArguments, "seen">): Promise<string>;
  /** Looks for intents, as the owner does. @returns whether nothing is left. */
  look(): Promise<boolean>;
  /** Asks, and has it carried out. */
  move(verb: "set" | "rewind" | "reset", given?: Omit<MoveArguments, "seen">): Promise<Intent>;
  /** Takes the shard and the source as another process would: what was in memory is gone. */
  restart(): Promise<void>;
  checkpoints(): Promise<Checkpoint[]>;
  /** `snapshot id version replay` of what was published again, in order. */
  again(): Promise<string[]>;
}

export async function cursorHarness(changes: Partial<SourceConfig> = {}): Promise<CursorHarness> {
  const inner = await laneHarness({ everyMs: 60_000, sweepEveryMs: 30 * 86_400_000, ...changes });
  const { script, ports, store, clock } = inner;

  const read = async () => {
    const source = await store.loadSource(1);
    if (source === null) throw new Error("the source is gone");
    return source;
  };
  const refresh = async () => {
    if (harness.lane.isBusy) return;
    refreshLane(harness.lane, await read(), clock);
    setReplays(harness.lane, await store.openReplays([0]));
    harness.lane.isAwaited = false;
  };

  const harness: CursorHarness = {
    ...inner,
    happened: [],
    async poll(fails) {
      const { cursor } = await read();
      const pages = [];
      for (let at = Number(cursor ?? 0); at < harness.happened.length; at += 2) {
        const observations = harness.happened.slice(at, at + 2);
        pages.push({ observations, cursor: at + observations.length });
      }
      if (pages.length === 0) pages.push({ observations: [], cursor: harness.happened.length });
      const error = new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502");
      script.polls.push(fails === undefined ? { pages } : { pages: pages.slice(0, fails.after), error });
      await takeTurn(harness.lane, "poll", ports);
    },
    async ask(verb, given = {}) {
      const live = await store.liveCursor("acme");
      const seen = cursorMark(live?.cursor ?? null);
      const intent = { source: "acme", verb, actor: "ann", arguments: { seen, ...given } };
      return (await store.askIntent(intent)) ?? "";
    },
    async look() {
      const { lane, shard } = harness;
      const lanes = new Map([[lane.source.id, lane]]);
      const running = { shard, lanes, refresh() {}, forget() {}, track() {}, rest: async () => {} };
      const isDone = await carryOutIntents(new Map([[0, running]]), ports);
      await refresh();
      return isDone;
    },
    async move(verb, given) {
      const id = await harness.ask(verb, given);
      await harness.look();
      const intent = await store.intent(id);
      if (intent === null) throw new Error("the intent is gone");
      return intent;
    },
    async restart() {
      await clock.advance(20_000);
      const [lease] = await store.acquireShards({ workerId: "other", limit: 1, ttlMs: 15_000 });
      if (lease === undefined) throw new Error("the shard could not be taken");
      const timing = { ...leaseTiming, stopAfterMs: Number.POSITIVE_INFINITY };
      harness.shard = ownedShard(lease, clock, timing, clock.monotonicMs());
      harness.lane = createLane(harness.shard, await read(), clock);
      await refresh();
    },
    checkpoints: () => store.checkpoints({ source: "acme", limit: 99 }),
    again: async () =>
      (await inner.journal()).flatMap(({ op, accountId, version, replay }) =>
        replay === undefined ? [] : [`${op} ${accountId} v${version} ${replay.id}`],
      ),
  };
  return harness;
}

/** Loaded with a, b, c at cursor 3, then b was changed: the cursor is 4, and its checkpoints are 1 and 2. */
export async function polledTwice(): Promise<CursorHarness> {
  const source = await cursorHarness();
  source.happened.push(seen("a"), seen("b"), seen("c"));
  await source.poll();
  source.happened.push(seen("b", { userName: "b2" }));
  await source.clock.advance(60_000);
  await source.poll();
  return source;
}
