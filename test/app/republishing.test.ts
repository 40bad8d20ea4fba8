import { expect, test } from "vitest";
import { setReplays } from "../../src/app/lane.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import type { IntentVerb } from "../../src/ports/store.ts";
import { type CursorHarness, cursorHarness } from "../support/cursor-harness.ts";
import { seen } from "../support/scripted-connector.ts";

/** Loaded with a to e, two per page; checkpoint 1 is its end. */
async function loaded(): Promise<CursorHarness> {
  const source = await cursorHarness();
  source.happened.push(seen("a"), seen("b"), seen("c"), seen("d"), seen("e"));
  await source.poll();
  return source;
}

const everything = { republish: true };

async function progress(source: CursorHarness, replay = "1") {
  const { state, done } = (await source.store.replay(replay)) ?? {};
  return { state, done };
}

test("after a reset with republish every account comes again as it is known; the next poll is an ordinary one", async () => {
  const source = await loaded();
  const { answer } = await source.move("reset", everything);
  expect(answer).toMatchObject({ replay: "1" });
  expect(source.lane.replays).toMatchObject([{ id: "1", kind: "republish" }]);
  await source.poll();
  expect(await source.again()).toEqual(["a", "b", "c", "d", "e"].map((id) => `snapshot ${id} v1 1`));
  expect(await progress(source)).toEqual({ state: "done", done: 5 });
  expect(source.lane.replays).toEqual([]);
  const [row] = (await source.journal()).slice(-1);
  const [first] = (await source.journal()).slice(4);
  const event = JSON.parse(row?.value ?? "") as unknown;
  const inserted = JSON.parse(first?.value ?? "") as { after: unknown };
  expect(event).toMatchObject({
    op: "snapshot",
    accountId: "e",
    version: 1,
    before: null,
    after: inserted.after,
  });
  await source.poll();
  source.happened.push(seen("a"));
  await source.poll();
  expect(await source.again()).toHaveLength(5);
});

test("what changed is an ordinary event, what is new an insert, what is gone produces nothing", async () => {
  const source = await loaded();
  source.happened.push({ id: "d", gone: true, at: null });
  await source.poll();
  await source.move("reset", everything);
  const gone = { id: "d", gone: true as const, at: null };
  source.happened = [seen("a"), seen("b", { userName: "new" }), gone, seen("f"), { id: "c", present: true }];
  await source.poll();
  expect((await source.events()).slice(6)).toEqual([
    "updated b v2",
    "snapshot a v1",
    "inserted f v1",
    "snapshot c v1",
  ]);
  expect(await progress(source)).toEqual({ state: "done", done: 2 });
  expect(source.lane.source.population).toBe(5);
});

test("without republish nothing comes again", async () => {
  const source = await loaded();
  await source.move("reset");
  await source.poll();
  expect(await source.again()).toEqual([]);
});

test("a takeover in the middle goes on where the poll was: every account comes once", async () => {
  const source = await loaded();
  await source.move("reset", everything);
  await source.poll({ after: 1 });
  await source.restart();
  expect(source.lane.replays).toMatchObject([{ kind: "republish", done: 2 }]);
  await source.poll();
  expect(await source.again()).toEqual(["a", "b", "c", "d", "e"].map((id) => `snapshot ${id} v1 1`));
  expect(await progress(source)).toEqual({ state: "done", done: 5 });
});

test.each([true, false])("a page whose commit was lost comes once (it was applied: %s)", async (applied) => {
  const source = await loaded();
  await source.move("reset", everything);
  source.store.failNext("commit", new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "lost"), { applied });
  await source.poll();
  await source.restart();
  await source.poll();
  expect(await source.again()).toEqual(["a", "b", "c", "d", "e"].map((id) => `snapshot ${id} v1 1`));
});

test.each(["pause", "cancel"] as const)(
  "%s ends the republishing; the poll goes on without",
  async (verb) => {
    const source = await loaded();
    await source.move("reset", everything);
    await source.poll({ after: 1 });
    expect(await source.store.steerReplay("1", verb)).toBe(true);
    await source.poll();
    expect(source.lane.isOutdated, "the lane has tried with what it knew").toBe(true);
    source.happened.push(seen("e", { userName: "new" }));
    await source.poll();
    expect(await source.again()).toEqual(["snapshot a v1 1", "snapshot b v1 1"]);
    expect((await source.events()).at(-1)).toBe("updated e v2");
  },
);

/** A poll that publishes two of five accounts again, and waits for its pace before the next. */
async function paced() {
  const source = await loaded();
  await source.move("reset", { ...everything, pace: 1 });
  const turn = source.poll();
  await source.clock.advance(1_999);
  expect(await source.again(), "two events at one per second").toHaveLength(2);
  return { source, turn };
}

test("what is published again comes at its pace, page by page", async () => {
  const { source, turn } = await paced();
  await source.clock.advance(1);
  expect(await source.again()).toHaveLength(4);
  await source.clock.advance(1_999);
  expect(await source.again()).toHaveLength(4);
  await source.clock.advance(1);
  await turn;
  expect(await source.again()).toEqual(["a", "b", "c", "d", "e"].map((id) => `snapshot ${id} v1 1`));
  expect(await progress(source)).toEqual({ state: "done", done: 5 });
});

test("a pace ends with what it is of: the poll goes on without when that is cancelled", async () => {
  const { source, turn } = await paced();
  await source.store.steerReplay("1", "cancel");
  setReplays(source.lane, await source.store.openReplays([0]));
  await source.clock.advance(100);
  await turn;
  expect(source.lane.isOutdated, "the lane has tried with what it had read ahead").toBe(true);
  await source.poll();
  expect(await source.again()).toHaveLength(2);
  expect(source.lane.source.cursor).toBe(5);
});

test("no person waits for a pace: a pause is carried out after the page, and what is left comes after it", async () => {
  const { source, turn } = await paced();
  const ask = (verb: IntentVerb) => source.store.askIntent({ source: "acme", verb, actor: "ann" });
  await ask("pause");
  expect(await source.look()).toBe(false);
  await source.clock.advance(100);
  await turn;
  expect(await source.look()).toBe(true);
  expect(source.lane.source.state).toBe("paused");
  await ask("resume");
  await source.look();
  const rest = source.poll();
  await source.clock.advance(2_000);
  await rest;
  expect(await source.again()).toEqual(["a", "b", "c", "d", "e"].map((id) => `snapshot ${id} v1 1`));
  expect(source.script.asked.polls, "nothing is read twice").toEqual([null, null, 2]);
});

test("a sweep in between publishes nothing again", async () => {
  const source = await loaded();
  await source.move("reset", everything);
  source.script.sweeps.push({ pages: [{ observations: [seen("a")], cursor: 1 }], isIncomplete: true });
  await takeTurn(source.lane, "sweep", source.ports);
  expect(await source.again()).toEqual([]);
});

test("another move ends what the one before it had published again", async () => {
  const source = await loaded();
  await source.move("reset", everything);
  await source.poll({ after: 1 });
  await source.move("rewind", { checkpoint: "1", ...everything });
  expect(await progress(source)).toEqual({ state: "cancelled", done: 2 });
  source.happened.push(seen("b"));
  await source.poll();
  expect(await source.again()).toEqual(["snapshot a v1 1", "snapshot b v1 1", "snapshot b v1 2"]);
  expect(await progress(source, "2")).toEqual({ state: "done", done: 1 });
});
