import { expect, test } from "vitest";
import { carryOutIntents } from "../../src/app/carry-out-intents.ts";
import { turnOf } from "../../src/app/lane.ts";
import { runShard } from "../../src/app/run-shard.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

/** A loaded source. */
async function setup({ everyMs }: { everyMs: number }) {
  const harness = await laneHarness({ everyMs });
  const { shard, ports, store, kafka } = harness;
  const settings = { prefix: "tidemark", shardCount: 1, partitions: 3, allowWeakDurability: true };
  const publication = {
    topics: topicBook(settings, { brokers: kafka.brokers, store }),
    journalId: store.state.installation?.journalId ?? "",
  };
  const running = runShard(shard, publication, ports, () => {});
  const refresh = async () => running.refresh(await store.loadSources([0]));
  await refresh();
  const lane = running.lanes.get(1);
  if (lane === undefined) throw new Error("the shard has one source");
  await takeTurn(lane, "poll", ports);
  await harness.clock.advance(10);
  return {
    ...harness,
    lane,
    refresh,
    look: () => carryOutIntents(new Map([[0, running]]), ports),
    ask: (verb: "poll" | "sweep") => store.askIntent({ source: "acme", verb, actor: "ann" }),
    outcome: async (intent: string | null) => (await store.intent(intent ?? ""))?.outcome ?? null,
    async [Symbol.asyncDispose]() {
      shard.release();
      await harness.clock.advance(10_000);
      await running.rest();
    },
  };
}

test("what a person asks of a lane that is always busy is carried out when the turn under way has ended", async () => {
  await using source = await setup({ everyMs: 1 });
  const { lane, script, ports, clock } = source;
  let reached = () => {};
  const isReading = new Promise<void>((resolve) => (reached = resolve));
  let goOn = () => {};
  const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
  script.polls.push({
    pages: [{ observations: [seen("a")], cursor: 1 }],
    before() {
      reached();
      return mayGoOn;
    },
  });
  const turn = takeTurn(lane, "poll", ports);
  await isReading;
  const intent = await source.ask("sweep");
  expect(await source.look()).toBe(false);
  await source.refresh();
  goOn();
  await turn;

  await clock.advance(60_000);
  expect(turnOf(lane, clock.monotonicMs()), "no other turn comes before it").toBeNull();
  expect(await source.look()).toBe(true);
  expect(await source.outcome(intent)).toBe("done");
  await source.refresh();
  expect(turnOf(lane, clock.monotonicMs())).toBe("sweep");
});

test("a sweep under way gives way to what a person asks for", async () => {
  await using source = await setup({ everyMs: 60_000 });
  const { lane, script, ports } = source;
  const pages = ["a", "b", "c"].map((id, index) => ({ observations: [seen(id)], cursor: index }));
  script.sweeps.push({
    pages,
    async before(index) {
      if (index !== 1) return;
      await source.ask("poll");
      await source.look();
    },
  });
  await takeTurn(lane, "sweep", ports);
  expect(lane.source.openSweep, "it has not ended").not.toBeNull();
  expect(await source.look()).toBe(true);
});
