import { expect, test } from "vitest";
import { carryOutIntents } from "../../src/app/carry-out-intents.ts";
import { turnOf } from "../../src/app/lane.ts";
import { runShard } from "../../src/app/run-shard.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import { RetryableError, SourceHaltedError } from "../../src/core/errors.ts";
import type { IntentVerb } from "../../src/ports/store.ts";
import { settled } from "../support/manual-clock.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

/** A loaded source. */
async function setup({ everyMs }: { everyMs: number | null }) {
  const harness = await laneHarness({ everyMs });
  const { shard, ports, store, kafka } = harness;
  const settings = { prefix: "tidemark", shardCount: 1, partitions: 3, allowWeakDurability: true };
  const publication = {
    topics: topicBook(settings, { brokers: kafka.brokers, store }),
    journalId: store.state.installation?.journalId ?? "",
  };
  const running = runShard(shard, publication, ports, () => {});
  const refresh = async () => running.refresh(await store.loadSources([0]), []);
  await refresh();
  const lane = running.lanes.get(1);
  if (lane === undefined) throw new Error("the shard has one source");
  await takeTurn(lane, everyMs === null ? "sweep" : "poll", ports);
  await harness.clock.advance(10);
  return {
    ...harness,
    lane,
    refresh,
    look: () => carryOutIntents(new Map([[0, running]]), ports),
    ask: (verb: IntentVerb) => store.askIntent({ source: "acme", verb, actor: "ann" }),
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

test("a lane that was awaited for what is withdrawn meanwhile goes on", async () => {
  await using source = await setup({ everyMs: 1 });
  const { lane, store, clock } = source;
  lane.isBusy = true;
  const intent = await source.ask("pause");
  expect(await source.look()).toBe(false);
  await source.refresh();
  await store.withdrawIntent({ id: intent ?? "", actor: "bob" });
  expect(await source.look()).toBe(true);
  await source.refresh();
  lane.isBusy = false;
  await clock.advance(10);
  expect(turnOf(lane, clock.monotonicMs())).toBe("poll");
});

test("no turn begins before the lane was told what has come of it, also when that could not be read at once", async () => {
  await using source = await setup({ everyMs: 1 });
  const { lane, clock } = source;
  await source.ask("pause");
  expect(await source.look()).toBe(true);
  await clock.advance(10);
  expect(await source.look(), "the look before has failed after this").toBe(true);
  expect(turnOf(lane, clock.monotonicMs())).toBeNull();
  await source.refresh();
  expect(lane.source.state).toBe("paused");
});

test("a preview is a turn of its lane that nobody else waits for; what is asked meanwhile comes after it", async () => {
  await using source = await setup({ everyMs: 1 });
  const { lane, script, store } = source;
  const answered = Promise.withResolvers<void>();
  script.polls.push({ pages: [{ observations: [seen("a")], cursor: 1 }], before: () => answered.promise });
  const preview = await source.ask("preview");
  expect(await source.look(), "it stays asked for until it is done").toBe(false);
  expect(lane.isBusy).toBe(true);
  const pause = await source.ask("pause");
  expect(await source.look()).toBe(false);
  expect(await source.outcome(preview)).toBeNull();
  expect(await source.outcome(pause)).toBeNull();

  answered.resolve();
  await settled();
  expect(lane.isBusy).toBe(false);
  expect(await source.outcome(preview)).toBe("done");
  expect((await store.intent(preview ?? ""))?.answer).toMatchObject({ preview: { inserted: 1 } });
  expect(await source.events(), "nothing was published").toEqual([]);
  expect(await source.look()).toBe(true);
  expect(await source.outcome(pause)).toBe("done");
  await source.refresh();
  expect(lane.source.state).toBe("paused");
});

test("a preview that the database could not help with is begun again", async () => {
  await using source = await setup({ everyMs: 60_000 });
  const { store, lane, script } = source;
  const preview = await source.ask("preview");
  const away = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "it is away");
  store.failNext("knownAccounts", away, { applied: false });
  const page = { observations: [seen("a")], cursor: 1 };
  script.polls.push({ pages: [page] }, { pages: [page] });
  await source.look();
  await settled();
  expect(await source.outcome(preview)).toBeNull();
  expect(lane.isBusy).toBe(false);
  await source.look();
  await settled();
  expect(await source.outcome(preview)).toBe("done");
});

test.each(["poll", "sweep"] as const)("a %s is refused while the source is paused", async (verb) => {
  await using source = await setup({ everyMs: 60_000 });
  await source.ask("pause");
  await source.look();
  const intent = await source.ask(verb);
  expect(await source.look()).toBe(true);
  expect(await source.outcome(intent)).toBe(
    "refused: it is paused; to let it go on: tidemark source resume acme",
  );
});

test("a sweep of a halted source is refused with where to look", async () => {
  await using source = await setup({ everyMs: 60_000 });
  const { script, lane, ports } = source;
  const error = new SourceHaltedError("TIDEMARK_UPSTREAM_UNAUTHORIZED", "401");
  script.polls.push({ pages: [], error });
  await takeTurn(lane, "poll", ports);
  const sweep = await source.ask("sweep");
  expect(await source.look()).toBe(true);
  expect(await source.outcome(sweep)).toBe(
    "refused: it is halted; to see what to do: tidemark source show acme",
  );
});

test("a poll of a source that is never polled is refused; its sweeps are what it has", async () => {
  await using source = await setup({ everyMs: null });
  const { lane, clock } = source;
  const [poll, sweep] = [await source.ask("poll"), await source.ask("sweep")];
  expect(await source.look()).toBe(true);
  expect(await source.outcome(poll)).toBe(
    "refused: it is never polled, every pass is a sweep: tidemark source sweep acme",
  );
  expect(await source.outcome(sweep)).toBe("done");
  await source.refresh();
  expect(turnOf(lane, clock.monotonicMs())).toBe("sweep");
});
