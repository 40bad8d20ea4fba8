import { expect, test } from "vitest";
import { turnOf } from "../../src/app/lane.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { IntentVerb } from "../../src/ports/store.ts";
import { type CursorHarness, cursorHarness } from "../support/cursor-harness.ts";
import { sourceConfig } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { type ScriptedPage, seen } from "../support/scripted-connector.ts";

const eight = ["a", "b", "c", "d", "e", "f", "g", "h"];
const inserted = eight.map((id) => `inserted ${id} v1`);
const everything = { republish: true };

/** Eight accounts at the upstream, of which nothing was read yet. */
async function unread(): Promise<CursorHarness> {
  const source = await cursorHarness();
  source.happened.push(...eight.map((id) => seen(id)));
  return source;
}

/** The same after a first poll, which is checkpoint 1. */
async function loaded(): Promise<CursorHarness> {
  const source = await unread();
  await source.poll();
  return source;
}

/** What a poll from the lane's cursor reads, two entries a page. */
function pagesFrom({ lane, happened }: CursorHarness): ScriptedPage[] {
  const from = Number(lane.source.cursor ?? 0);
  return happened.slice(from).flatMap((_, index, rest) => {
    const observations = rest.slice(index, index + 2);
    return index % 2 === 0 ? [{ observations, cursor: from + index + observations.length }] : [];
  });
}

/** A poll that has committed two pages and waits for its upstream. @returns what lets it go on, and waits for its turn's end. */
async function longPoll(source: CursorHarness, pages = pagesFrom(source)) {
  const upstream = Promise.withResolvers<void>();
  source.script.polls.push({ pages, before: (index) => (index === 2 ? upstream.promise : undefined) });
  const turn = takeTurn(source.lane, "poll", source.ports);
  await settled();
  return async () => {
    upstream.resolve();
    await turn;
  };
}

const ask = async ({ store }: CursorHarness, verb: IntentVerb) =>
  (await store.askIntent({ source: "acme", verb, actor: "ann" })) ?? "";

/** Asks during a long poll, and has it carried out. @returns what came of it. */
async function askDuring(source: CursorHarness, intent: () => Promise<string>): Promise<string | null> {
  const goOn = await longPoll(source);
  const id = await intent();
  expect(await source.look(), "the page under way is finished first").toBe(false);
  await goOn();
  expect(await source.look()).toBe(true);
  return (await source.store.intent(id))?.outcome ?? null;
}

const pauseDuring = (source: CursorHarness) => askDuring(source, () => ask(source, "pause"));

async function resume(source: CursorHarness): Promise<void> {
  await ask(source, "resume");
  expect(await source.look()).toBe(true);
}

const passes = ({ store }: CursorHarness) => [...store.state.passes.values()];

test("a pause is carried out after the page under way of a first load, which goes on there: nothing is lost, nothing comes twice", async () => {
  const source = await unread();
  expect(await pauseDuring(source)).toBe("done");
  expect(source.lane.source).toMatchObject({ state: "paused", cursor: 4, isLoaded: false });
  expect(await source.events()).toEqual(inserted.slice(0, 4));
  await source.clock.advance(3_600_000);
  expect(turnOf(source.lane, source.clock.monotonicMs())).toBeNull();

  await resume(source);
  expect(turnOf(source.lane, source.clock.monotonicMs())).toBe("poll");
  await source.poll();
  expect(source.script.asked.polls).toEqual([null, 4]);
  expect(await source.events()).toEqual(inserted);
  expect(source.lane.source).toMatchObject({ isLoaded: true, cursor: 8, population: 8 });
  expect(source.lane.polling, "it has ended").toBeNull();
});

test("a poll that gave way is one poll in the history, with all that it did, and leaves one checkpoint", async () => {
  const source = await unread();
  await pauseDuring(source);
  expect(passes(source)).toEqual([]);
  await resume(source);
  await source.poll();
  expect(passes(source)).toMatchObject([{ kind: "poll", outcome: "done", inserted: 8, pages: 4 }]);
  const polled = (await source.checkpoints()).filter(({ reason }) => reason === "poll");
  expect(polled).toMatchObject([{ cursor: 8 }]);
});

test("a poll that gave way goes on at its cursor after a takeover, too", async () => {
  const source = await unread();
  await pauseDuring(source);
  await source.restart();
  await resume(source);
  await source.poll();
  expect(source.script.asked.polls).toEqual([null, 4]);
  expect(await source.events()).toEqual(inserted);
});

test("the place after pages without changes is stored before a poll gives way", async () => {
  const source = await loaded();
  await source.move("reset");
  await pauseDuring(source);
  expect(await source.store.loadSource(1)).toMatchObject({ state: "paused", cursor: 4 });
  await resume(source);
  await source.poll();
  expect(source.script.asked.polls).toEqual([null, null, 4]);
  expect(await source.events()).toEqual(inserted);
});

test("a poll of one page ends, whoever waits for it", async () => {
  const source = await unread();
  const upstream = Promise.withResolvers<void>();
  source.script.polls.push({ pages: pagesFrom(source).slice(0, 1), before: () => upstream.promise });
  const turn = takeTurn(source.lane, "poll", source.ports);
  await ask(source, "pause");
  await source.look();
  upstream.resolve();
  await turn;
  expect(passes(source)).toMatchObject([{ kind: "poll", outcome: "done", inserted: 2 }]);
  expect(source.lane.source.isLoaded).toBe(true);
});

test("a poll that is asked for during a long one begins when that has ended", async () => {
  const source = await unread();
  expect(await askDuring(source, () => ask(source, "poll"))).toBe("done");
  await source.poll();
  expect(source.script.asked.polls).toEqual([null, 4]);
  const turn = () => turnOf(source.lane, source.clock.monotonicMs());
  expect(turn(), "that one may not have read what was corrected").toBe("poll");
  await source.poll();
  expect(source.script.asked.polls).toEqual([null, 4, 8]);
  expect(turn()).not.toBe("poll");
});

test("a poll that waits for room in the journal gives way, too, while Kafka is away", async () => {
  const source = await unread();
  const goOn = await longPoll(source);
  source.shard.journal.written(1_000_000n);
  const turn = goOn();
  await source.clock.advance(60_000);
  expect(source.lane.isBusy).toBe(true);
  await ask(source, "pause");
  await source.look();
  await source.clock.advance(1_000);
  await turn;
  await source.look();
  expect(source.lane.source).toMatchObject({ state: "paused", cursor: 4 });
});

test("a rewind during a long poll has it begin anew from there", async () => {
  const source = await loaded();
  source.happened.push(...["i", "j", "k", "l", "m", "n"].map((id) => seen(id)));
  const rewind = () => source.ask("rewind", { checkpoint: "1" });
  expect(await askDuring(source, rewind)).toBe("done");
  expect(source.lane.source.cursor).toBe(8);
  await source.poll();
  expect(source.script.asked.polls).toEqual([null, 8, 8]);
  expect((await source.events()).slice(8)).toEqual(
    ["i", "j", "k", "l", "m", "n"].map((id) => `inserted ${id} v1`),
  );
  expect(passes(source).at(-1), "what it has read itself").toMatchObject({ inserted: 2, unchanged: 4 });
});

test("a move that is refused leaves a long poll what it was", async () => {
  const source = await unread();
  const seenBefore = () =>
    source.store
      .askIntent({ source: "acme", verb: "reset", actor: "ann", arguments: { seen: "0" } })
      .then(String);
  expect(await askDuring(source, seenBefore)).toMatch(/^refused: the cursor has moved/);
  await source.poll();
  expect(passes(source)).toMatchObject([{ inserted: 8 }]);
});

test("what is published again after a reset comes once although its poll has given way, and ends with it", async () => {
  const source = await loaded();
  await source.move("reset", everything);
  const progress = async () => (await source.store.replay("1")) ?? {};
  await pauseDuring(source);
  expect(await progress()).toMatchObject({ state: "running", done: 4 });
  await resume(source);
  await source.poll();
  expect(await source.again()).toEqual(eight.map((id) => `snapshot ${id} v1 1`));
  expect(await progress()).toMatchObject({ state: "done", done: 8 });
});

test("what could not be understood before a poll gave way counts together with what comes after", async () => {
  const source = await unread();
  const rejected = Array.from({ length: 15 }, (_, index) => ({ raw: index, reason: "it has no id" }));
  const pages = pagesFrom(source).map((page, index) => ({
    ...page,
    rejected: index % 2 === 1 ? rejected : [],
  }));
  const goOn = await longPoll(source, pages);
  await ask(source, "poll");
  await source.look();
  await goOn();
  await source.look();
  expect(source.lane.source).toMatchObject({ state: "running", cursor: 4 });
  source.script.polls.push({ pages: pages.slice(2) });
  await takeTurn(source.lane, "poll", source.ports);
  expect(source.lane.source).toMatchObject({ state: "halted", haltedCode: "TIDEMARK_TOO_MANY_QUARANTINED" });
});

test("under other settings a poll that gave way begins to count anew", async () => {
  const source = await unread();
  await pauseDuring(source);
  const { everyMs } = source.lane.source;
  await source.store.applySources([sourceConfig({ everyMs, settings: { host: "another" } })]);
  await resume(source);
  await source.poll();
  expect(passes(source)).toMatchObject([{ inserted: 4 }]);
});
