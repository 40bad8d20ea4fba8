import { expect, test } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import { cursorHarness } from "../support/cursor-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const hourMs = 3_600_000;

test("polls that produce events leave a checkpoint each, others when the last one is an hour old", async () => {
  const source = await cursorHarness();
  const { happened, clock } = source;
  const cursors = async () => (await source.checkpoints()).map(({ cursor }) => cursor).toReversed();
  happened.push(seen("a"), seen("b"), seen("c"));
  await source.poll();
  expect(await source.checkpoints()).toMatchObject([{ cursor: 3, reason: "poll", seq: "3", population: 3 }]);
  happened.push(seen("a"));
  await source.poll();
  expect(await cursors(), "nothing changed").toEqual([3]);
  happened.push(seen("a", { userName: "new" }));
  await source.poll();
  expect(await cursors()).toEqual([3, 5]);
  await clock.advance(hourMs - 1);
  await source.poll();
  expect(await cursors()).toEqual([3, 5]);
  await clock.advance(1);
  await source.poll();
  expect(await cursors()).toEqual([3, 5, 5]);
  await clock.advance(hourMs / 2);
  await source.restart();
  await source.poll();
  expect(await cursors(), "a new owner knows how old the last one is").toEqual([3, 5, 5]);
});

test("every complete sweep leaves one, and none that fails", async () => {
  const source = await cursorHarness();
  source.happened.push(seen("a"));
  await source.poll();
  const page = { observations: [seen("a")], cursor: "p1" };
  source.script.sweeps.push({ pages: [page], isIncomplete: true }, { pages: [page] });
  source.lane.pollDueAtMs = Number.POSITIVE_INFINITY;
  await takeTurn(source.lane, "sweep", source.ports);
  expect(await source.checkpoints()).toHaveLength(1);
  source.lane.pollDueAtMs = Number.POSITIVE_INFINITY;
  await takeTurn(source.lane, "sweep", source.ports);
  expect(await source.checkpoints()).toMatchObject([{ reason: "sweep", cursor: 1 }, { reason: "poll" }]);
});

test("a cursor that another version of the connector wrote is not read", async () => {
  const source = await cursorHarness();
  await source.poll();
  source.script.connector.cursorVersion = 2;
  await source.poll();
  expect(source.lane.source).toMatchObject({ state: "halted", haltedCode: "TIDEMARK_SOURCE_CURSOR" });
  expect(source.lane.source.haltedReason).toBe(
    "that cursor is of version 1, and this scripted reads version 2; to have everything read again: tidemark cursor reset acme",
  );
  const { outcome } = await source.move("reset");
  expect(outcome).toBe("done");
  expect(source.lane.source).toMatchObject({ cursor: null, cursorVersion: 2, state: "halted" });
});
