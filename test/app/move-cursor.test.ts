import { describe, expect, test } from "vitest";
import { turnOf } from "../../src/app/lane.ts";
import { noCounts, nothingHeld } from "../../src/app/pass.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { SourceHaltedError, RetryableError } from "../../src/core/errors.ts";
import { type CursorHarness, cursorHarness, polledTwice } from "../support/cursor-harness.ts";
import { sourceConfig } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");

describe("rewind", () => {
  test("reads again from there; what did not change produces nothing, what did is an ordinary event", async () => {
    const source = await polledTwice();
    const before = await source.events();
    const { outcome, answer } = await source.move("rewind", { checkpoint: "1" });
    expect({ outcome, answer }).toEqual({ outcome: "done", answer: { checkpoint: "3", replay: null } });
    expect(source.lane.source.cursor).toBe(3);
    expect(source.lane.pollDueAtMs).toBeLessThanOrEqual(source.clock.monotonicMs());
    source.happened.push(seen("c", { userName: "c2" }));
    await source.poll();
    expect(source.script.asked.polls.at(-1)).toBe(3);
    expect(await source.events()).toEqual([...before, "updated c v2"]);
    expect(source.lane.source.cursor).toBe(5);
  });

  test("is undone by a rewind to the checkpoint that it left", async () => {
    const source = await polledTwice();
    await source.move("rewind", { checkpoint: "1" });
    const [left] = await source.checkpoints();
    expect(left).toMatchObject({ id: "3", cursor: 4, reason: "rewind", actor: "ann" });
    expect((await source.move("rewind", { checkpoint: "3" })).outcome).toBe("done");
    expect(source.lane.source.cursor).toBe(4);
    expect(await source.checkpoints()).toMatchObject([{ id: "4", cursor: 3, reason: "rewind" }, {}, {}, {}]);
  });

  test("is carried out by a new owner when the shard was taken over after it was asked for", async () => {
    const source = await polledTwice();
    const id = await source.ask("rewind", { checkpoint: "1" });
    await source.restart();
    expect(await source.look()).toBe(true);
    expect(await source.store.intent(id)).toMatchObject({ outcome: "done" });
    await source.poll();
    expect(source.script.asked.polls.at(-1)).toBe(3);
  });

  test.each([true, false])("happens once when the answer is lost (it was applied: %s)", async (applied) => {
    const source = await polledTwice();
    const before = await source.events();
    const id = await source.ask("rewind", { checkpoint: "1" });
    source.store.failNext("finishIntent", lost, { applied });
    await expect(source.look()).rejects.toBe(lost);
    await source.restart();
    expect(await source.look()).toBe(true);
    expect(await source.store.intent(id)).toMatchObject({ outcome: "done", answer: { checkpoint: "3" } });
    expect(await source.checkpoints()).toHaveLength(3);
    await source.poll();
    expect(source.script.asked.polls.at(-1)).toBe(3);
    expect(await source.events()).toEqual(before);
  });

  test("waits for the poll under way, whose commit moves the cursor: then it is refused", async () => {
    const source = await polledTwice();
    source.happened.push(seen("d"));
    const asked = await source.ask("rewind", { checkpoint: "1" });
    source.script.polls.push({
      pages: [{ observations: [seen("d")], cursor: 5 }],
      before: async () => expect(await source.look()).toBe(false),
    });
    await takeTurn(source.lane, "poll", source.ports);
    await source.look();
    expect((await source.store.intent(asked))?.outcome).toBe(
      "refused: the cursor has moved since it was seen; look again: tidemark cursor show acme",
    );
    expect(source.lane.source.cursor).toBe(5);
  });

  test("has a look-back that is under way begin anew", async () => {
    const source = await polledTwice();
    const counts = noCounts();
    source.lane.lookingBack = {
      cursor: 1,
      before: { startedAtMs: 0, counts, held: nothingHeld(), population: 3 },
    };
    await source.move("rewind", { checkpoint: "1" });
    expect(source.lane.lookingBack).toBeNull();
  });
});

test("no turn begins while a move is carried out, nor before the lane has read what came of it", async () => {
  const source = await polledTwice();
  const { store, lane, clock } = source;
  const due = () => turnOf(lane, clock.monotonicMs() + 3_600_000);
  const during: unknown[] = [];
  source.ports.store = {
    ...store,
    async finishIntent(done) {
      during.push(due());
      const isDone = await store.finishIntent(done);
      during.push(due());
      return isDone;
    },
  };
  expect(due()).toBe("poll");
  await source.move("rewind", { checkpoint: "1" });
  expect(during).toEqual([null, null]);
  expect(due()).toBe("poll");
});

test("of two people who move the same cursor the second is refused", async () => {
  const source = await polledTwice();
  const first = await source.ask("rewind", { checkpoint: "1" });
  const second = await source.ask("reset");
  await source.look();
  expect(await source.store.intent(first)).toMatchObject({ outcome: "done" });
  expect((await source.store.intent(second))?.outcome).toMatch(/^refused: the cursor has moved since/);
  expect(source.lane.source.cursor).toBe(3);
});

test("after a reset everything is read again, and what did not change produces nothing", async () => {
  const source = await polledTwice();
  const before = await source.events();
  expect((await source.move("reset")).outcome).toBe("done");
  expect(source.lane.source).toMatchObject({ cursor: null, isLoaded: true });
  await source.poll();
  expect(source.script.asked.polls.at(-1)).toBeNull();
  // The upstream shows b as it was, and then as it is.
  expect(await source.events()).toEqual([...before, "updated b v3", "updated b v4"]);
});

test("set has the next poll begin at any cursor that the connector can read", async () => {
  const source = await polledTwice();
  expect((await source.move("set", { cursor: 1 })).outcome).toBe("done");
  await source.poll();
  expect(source.script.asked.polls.at(-1)).toBe(1);
});

describe("refused is", () => {
  const outcomeOf = async (source: CursorHarness, ...asked: Parameters<CursorHarness["move"]>) => {
    const before = { ...source.lane.source };
    const { outcome } = await source.move(...asked);
    expect(source.lane.source).toMatchObject({ cursor: before.cursor, revision: before.revision });
    return outcome;
  };

  test("a checkpoint of another version of the connector", async () => {
    const source = await polledTwice();
    source.script.connector.cursorVersion = 2;
    expect(await outcomeOf(source, "rewind", { checkpoint: "1" })).toBe(
      "refused: that cursor is of version 1, and this scripted reads version 2; to have everything read again: tidemark cursor reset acme",
    );
  });

  test("a cursor that the connector cannot read", async () => {
    const source = await polledTwice();
    source.script.connector.cursorFaults = () => ["since is missing"];
    expect(await outcomeOf(source, "set", { cursor: {} })).toBe(
      "refused: scripted cannot read that cursor (since is missing); compare it: tidemark cursor show acme",
    );
  });

  test("a checkpoint that is gone, and one of another source", async () => {
    const source = await polledTwice();
    expect(await outcomeOf(source, "rewind", { checkpoint: "99" })).toBe(
      "refused: there is no checkpoint 99 any more: tidemark cursor list acme",
    );
    await source.store.applySources([sourceConfig({ name: "other" })]);
    const intent = await source.store.askIntent({ source: "other", verb: "pause", actor: "ann" });
    const { shard, term } = source.shard;
    await source.store.finishIntent({ intent: intent ?? "", shard, term, outcome: "done" });
    expect(await outcomeOf(source, "rewind", { checkpoint: "3" })).toBe(
      "refused: checkpoint 3 is of other: tidemark cursor list acme",
    );
  });

  test("a source that is never polled", async () => {
    const source = await cursorHarness({ everyMs: null });
    expect(await outcomeOf(source, "reset")).toBe(
      "refused: it is never polled and has no cursor; to read everything: tidemark source sweep acme",
    );
  });

  test("a source whose connector cannot be asked", async () => {
    const source = await polledTwice();
    source.ports.upstreamOf = () => {
      throw new SourceHaltedError("TIDEMARK_SOURCE_SETTINGS", "${env:KEY} is not set");
    };
    expect(await outcomeOf(source, "reset")).toMatch(
      /^refused: \$\{env:KEY\} is not set\. Correct the settings/,
    );
  });
});
