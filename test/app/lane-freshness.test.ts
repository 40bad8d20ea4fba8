import { expect, test } from "vitest";
import { laneFreshness } from "../../src/app/lane-freshness.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { type ScriptedPass, seen } from "../support/scripted-connector.ts";

const minuteMs = 60_000;
const onePage = { observations: [seen("a")], cursor: 1 };

/** A source whose polls the test writes, and its word. */
async function setup(...polls: ScriptedPass[]) {
  const harness = await laneHarness();
  const { lane, ports, clock, script } = harness;
  script.polls.push(...polls);
  return { ...harness, word: () => laneFreshness(lane, clock), poll: () => takeTurn(lane, "poll", ports) };
}

test("a source catches up until it is loaded, is current then, and idle when nothing has changed for an hour", async () => {
  const { word, poll, shard, clock } = await setup({ pages: [onePage] });
  expect(word()).toBe("catching-up");
  await poll();
  shard.journal.published(1n, 0);
  expect(word()).toBe("current");
  await clock.advance(60 * minuteMs + 1);
  await poll();
  expect(word()).toBe("idle");
});

test("its event that waits for Kafka is a delay after ten seconds", async () => {
  const { word, poll, clock, shard } = await setup({ pages: [onePage] });
  await poll();
  await clock.advance(10_000);
  expect(word()).toBe("current");
  await clock.advance(1);
  expect(word()).toBe("catching-up");
  shard.journal.published(1n, 0);
  expect(word()).toBe("current");
});

test("answers that change nothing show that a long pass gets on; without any it is stuck after five minutes", async () => {
  const never = new Promise<never>(() => undefined);
  const { word, poll, clock, lane } = await setup({ pages: [] }, { pages: [onePage], before: () => never });
  await poll();
  await clock.advance(minuteMs);
  void poll();
  await settled();
  for (let minutes = 0; minutes < 30; minutes += 1) {
    await clock.advance(minuteMs);
    lane.pass?.watched.show();
  }
  expect(word()).toBe("catching-up");
  await clock.advance(5 * minuteMs);
  expect(word()).toBe("catching-up");
  await clock.advance(1);
  expect(word()).toBe("stuck");
});

test("a pause that the upstream has asked for is another word than a failure", async () => {
  const error = (code: "TIDEMARK_UPSTREAM_THROTTLED" | "TIDEMARK_UPSTREAM_UNAVAILABLE") =>
    new RetryableError(code, "no", { retryAfterMs: 60 * minuteMs });
  const { word, poll, clock } = await setup(
    { pages: [], error: error("TIDEMARK_UPSTREAM_THROTTLED") },
    { pages: [], error: error("TIDEMARK_UPSTREAM_UNAVAILABLE") },
  );
  await poll();
  expect(word()).toBe("throttled");
  await clock.advance(59 * minuteMs);
  expect(word(), "a pause that is known is no silence").toBe("throttled");
  await poll();
  expect(word()).toBe("failing");
});

test("what an open circuit of its group keeps back is failing, not stuck", async () => {
  const { word, poll, clock, lane } = await setup({ pages: [] });
  await poll();
  await clock.advance(60 * minuteMs);
  expect(word()).toBe("stuck");
  lane.circuit = {
    group: "acme",
    isOpen: true,
    mayTryAtMs: () => Infinity,
    begins() {},
    answered() {},
    failed: () => false,
    ends() {},
    changed() {},
  };
  expect(word()).toBe("failing");
});
