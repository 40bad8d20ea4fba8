import { expect, test } from "vitest";
import { carryOutIntents } from "../../src/app/carry-out-intents.ts";
import { checkUpstream } from "../../src/app/check-upstream.ts";
import { RetryableError, SourceHaltedError } from "../../src/core/errors.ts";
import type { SourceConfig } from "../../src/ports/store.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { seen } from "../support/scripted-connector.ts";

async function setup(changes: Partial<SourceConfig> = {}) {
  const harness = await laneHarness(changes);
  const { lane, shard, store, ports } = harness;
  const tracked: Promise<void>[] = [];
  const running = {
    shard,
    lanes: new Map([[lane.source.id, lane]]),
    refresh() {},
    forget() {},
    track: (turn: Promise<void>) => void tracked.push(turn),
    rest: async () => {},
  };
  return {
    ...harness,
    tracked,
    look: () => carryOutIntents(new Map([[0, running]]), ports),
    ask: async () => (await store.askIntent({ source: "acme", verb: "check", actor: "ann" })) ?? "",
    /** Everything that the store holds. */
    stored: () => {
      const { now: _now, newRevision: _newRevision, ...held } = store.state;
      return structuredClone(held);
    },
  };
}

test("the first page is read from where the source stands and thrown away; the rest is not asked for", async () => {
  const { lane, ports, script, stored } = await setup();
  lane.source.cursor = "live";
  const page = { observations: [seen("a")], cursor: 1 };
  const pages: number[] = [];
  script.polls.push({ pages: [page, page, page], before: (index) => void pages.push(index) });
  const before = stored();
  expect(await checkUpstream(lane, ports)).toEqual({
    outcome: "done",
    answer: { tookMs: 0, failure: null },
  });
  expect(script.asked).toMatchObject({ polls: ["live"], sweeps: [] });
  expect(pages).toEqual([0]);
  expect(stored()).toEqual(before);
});

test("a source without polls is checked by the beginning of a sweep", async () => {
  const { lane, ports, script } = await setup({ everyMs: null });
  script.sweeps.push({ pages: [{ observations: [], cursor: 1 }] });
  expect(await checkUpstream(lane, ports)).toMatchObject({ answer: { failure: null } });
  expect(script.asked).toMatchObject({ polls: [], sweeps: [null] });
});

test.each([
  [
    "a refusal",
    new SourceHaltedError("TIDEMARK_UPSTREAM_UNAUTHORIZED", "401"),
    "TIDEMARK_UPSTREAM_UNAUTHORIZED",
  ],
  ["an outage", new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "503"), "TIDEMARK_UPSTREAM_UNAVAILABLE"],
  ["a connector's mistake", new TypeError("undefined is not a function"), "TIDEMARK_CONNECTOR_FAILED"],
])("%s is the answer, and no failure of the source", async (_what, error, code) => {
  const { lane, ports, script, stored } = await setup();
  const before = stored();
  script.polls.push({ pages: [], error });
  expect(await checkUpstream(lane, ports)).toMatchObject({
    answer: { failure: { code, whatToDo: expect.stringMatching(/\w/) as string } },
  });
  expect(stored()).toEqual(before);
});

test("a secret that the worker cannot read is the answer, too", async () => {
  const { lane, ports } = await setup();
  ports.upstreamOf = () => {
    throw new SourceHaltedError("TIDEMARK_SOURCE_SETTINGS", "apiKey: environment variable KEY is not set");
  };
  expect(await checkUpstream(lane, ports)).toMatchObject({
    answer: { failure: { code: "TIDEMARK_SOURCE_SETTINGS" } },
  });
});

test("an upstream that does not answer is given up after 20 s, whatever its connector does", async () => {
  const { lane, ports, script, clock } = await setup();
  script.polls.push({ pages: [{ observations: [], cursor: 1 }], before: () => new Promise<void>(() => {}) });
  const checking = checkUpstream(lane, ports);
  await settled();
  await clock.advance(20_000);
  expect(await checking).toMatchObject({
    answer: {
      failure: { code: "TIDEMARK_UPSTREAM_UNAVAILABLE", message: expect.stringContaining("20 s") as string },
    },
  });
});

test("it goes on beside a busy lane, once per intent, and no look waits for it", async () => {
  const { lane, look, ask, script, store, tracked } = await setup();
  lane.isBusy = true;
  const answered = Promise.withResolvers<void>();
  script.polls.push({ pages: [{ observations: [], cursor: 1 }], before: () => answered.promise });
  const id = await ask();
  expect(await look(), "it is looked at again").toBe(false);
  expect(await look()).toBe(false);
  expect(tracked).toHaveLength(1);
  expect(lane.isAwaited).toBe(false);
  answered.resolve();
  await Promise.all(tracked);
  expect(await store.intent(id)).toMatchObject({ outcome: "done", answer: { failure: null } });
  expect(await look()).toBe(true);
  expect(lane.source).toMatchObject({ state: "running", failures: 0 });
});

test("a shard that is given up meanwhile leaves the question to its next owner", async () => {
  const { lane, ports, shard } = await setup();
  shard.release();
  expect(await checkUpstream(lane, ports)).toBeNull();
});
