import { expect, test } from "vitest";
import { createLane } from "../../src/app/lane.ts";
import type { OwnedShard } from "../../src/app/owned-shard.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { endSilentPasses, silenceLimitMs, watchEveryMs } from "../../src/app/watchdog.ts";
import type { SignsOfLife } from "../../src/ports/signs-of-life.ts";
import { notOffered } from "../../src/sdk/not-offered.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { type ScriptedPass, seen } from "../support/scripted-connector.ts";

const hourMs = 3_600_000;

/** What the connector has of its pass. */
interface Inside {
  signal: AbortSignal;
  signs: SignsOfLife;
  sleep(ms: number): Promise<void>;
}

/** One source whose poll is under way, and a watchdog. @param script What the connector does. */
async function polling(
  script: (inside: () => Inside, shard: OwnedShard) => ScriptedPass,
  changes: Parameters<typeof laneHarness>[0] = {},
) {
  const harness = await laneHarness(changes);
  const { ports, lane, clock } = harness;
  const { upstreamOf } = ports;
  const passes: Inside[] = [];
  ports.upstreamOf = (source, signal, leaseLeftMs, isUrgent, signs) => {
    passes.push({ signal, signs, sleep: (ms) => clock.sleep(ms, signal) });
    return upstreamOf(source, signal, leaseLeftMs, isUrgent, signs);
  };
  const ended: string[] = [];
  ports.metrics = { ...ports.metrics, watchdogEnded: (source) => void ended.push(source) };
  harness.script.polls.push(
    script(() => {
      const [first] = passes;
      if (first === undefined) throw new Error("the pass has not begun");
      return first;
    }, harness.shard),
  );
  const turn = takeTurn(lane, "poll", ports);
  return {
    ...harness,
    turn,
    ended,
    passes,
    /** Lets time pass, while the watchdog looks as often as it does. */
    async watch(ms: number) {
      for (let passed = 0; passed < ms; passed += watchEveryMs) {
        await clock.advance(watchEveryMs);
        endSilentPasses([lane], ports);
        await settled();
      }
    },
  };
}

const onePage = { observations: [seen("a")], cursor: 1 };
const manyPages = Array.from({ length: 12 }, (_, index) => ({ observations: [], cursor: index }));

test("a pass that hears nothing for ten minutes is aborted, told, and tried again after a pause", async () => {
  const { lane, store, log, ended, turn, passes, watch } = await polling((inside) => ({
    pages: [onePage],
    before: () => new Promise((_resolve, reject) => inside().signal.addEventListener("abort", reject)),
  }));
  await watch(silenceLimitMs);
  expect(ended).toEqual([]);
  await watch(watchEveryMs);
  await turn;
  expect(ended).toEqual(["acme"]);
  expect(passes[0]?.signal.aborted).toBe(true);
  const told = { source: "acme", code: "TIDEMARK_PASS_STUCK", failures: 1 };
  expect(log.lines).toMatchObject([{ level: "warn", message: "poll.failed", fields: told }]);
  const source = await store.loadSource(lane.source.id);
  expect(source).toMatchObject({ state: "running", failures: 1, lastErrorCode: "TIDEMARK_PASS_STUCK" });
  expect(source?.pollDueInMs).toBeGreaterThan(0);
});

test("one that ignores its end is left to itself, and what it brings later is not committed", async () => {
  const { promise: answer, resolve: answered } = Promise.withResolvers<void>();
  const harness = await polling(() => ({ pages: [onePage], before: () => answer }));
  const { lane, store, watch, turn, events } = harness;
  await watch(silenceLimitMs + watchEveryMs);
  await turn;
  const before = await store.loadSource(lane.source.id);
  answered();
  await settled();
  expect(await events()).toEqual([]);
  expect(await store.loadSource(lane.source.id)).toEqual(before);
});

test("a sweep that is given up ends no sweep that comes after it", async () => {
  const { promise: answer, resolve: answered } = Promise.withResolvers<void>();
  const { lane, shard, ports, store, script, clock, watch, turn } = await polling(() => ({
    pages: [onePage],
  }));
  await turn;
  const { sweep } = script.connector;
  script.connector.sweep = async function* () {
    yield* [];
    await answer;
    return notOffered("there is no list");
  };
  const stuck = takeTurn(lane, "sweep", ports);
  await watch(silenceLimitMs + watchEveryMs);
  await stuck;

  const source = await store.loadSource(lane.source.id);
  if (source === null) throw new Error("the source is there");
  const next = createLane(shard, source, clock);
  await takeTurn(next, "poll", ports);
  script.connector.sweep = sweep;
  script.sweeps.push({
    pages: [onePage, onePage],
    async before(index) {
      if (index === 0) return;
      answered();
      await settled();
    },
  });
  await takeTurn(next, "sweep", ports);
  expect((await store.overview()).sources).toMatchObject([{ sweepNotOffered: null, lastSweepAgeMs: 0 }]);
});

test.each<[string, (inside: () => Inside) => ScriptedPass]>([
  [
    "yields a page every five minutes",
    (inside) => ({ pages: manyPages, before: () => inside().sleep(300_000) }),
  ],
  [
    "has an answer every five minutes, and no page",
    (inside) => ({
      pages: [onePage],
      async before() {
        for (let answers = 0; answers < 12; answers += 1) {
          await inside().sleep(300_000);
          inside().signs.show();
        }
      },
    }),
  ],
  [
    "waits an hour for its turn in the budget",
    (inside) => ({ pages: [onePage], before: () => inside().signs.during(inside().sleep(hourMs)) }),
  ],
])("a pass that %s is not ended", async (_what, script) => {
  const { ended, turn, watch, lane } = await polling(script);
  await watch(hourMs + watchEveryMs);
  await turn;
  expect(ended).toEqual([]);
  expect(lane.source).toMatchObject({ isLoaded: true, failures: 0 });
});

test("nor is a look-back whose pages change nothing, so that nothing is committed", async () => {
  const lookBack = { everyMs: hourMs, windowMs: hourMs };
  const { lane, ports, script, clock, turn, watch, ended } = await polling(() => ({ pages: [onePage] }), {
    lookBack,
  });
  await turn;
  script.polls.push({ pages: manyPages, before: () => clock.sleep(300_000) });
  const looking = takeTurn(lane, "look-back", ports);
  await watch(hourMs + watchEveryMs);
  await looking;
  expect(ended).toEqual([]);
  expect(lane.lookedBackAtMs).not.toBeNull();
});

test("nor is one that waits for Kafka to make room in the journal", async () => {
  const { ended, turn, watch, lane } = await polling((_inside, { journal }) => ({
    pages: [onePage],
    before: () => journal.written(60_000n),
  }));
  await watch(hourMs);
  expect(ended).toEqual([]);
  lane.shard.journal.published(60_000n, 0);
  await watch(watchEveryMs);
  await turn;
  expect(lane.source.isLoaded).toBe(true);
});
