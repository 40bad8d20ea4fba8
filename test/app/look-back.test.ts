import { describe, expect, it } from "vitest";
import { turnOf } from "../../src/app/lane.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError, SourceHaltedError } from "../../src/core/errors.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { type ScriptedPage, seen } from "../support/scripted-connector.ts";

const hourMs = 3_600_000;
const pace = { everyMs: 6 * hourMs, windowMs: 24 * hourMs };
const away = () => new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502");

/** A source that looks back, loaded with accounts `a` and `b`; its polls are far away. */
async function loaded(cursor = "live") {
  const harness = await laneHarness({
    everyMs: 9_000 * hourMs,
    sweepEveryMs: 9_000 * hourMs,
    lookBack: pace,
  });
  const { lane, ports, script, clock } = harness;
  script.polls.push({ pages: [{ observations: [seen("a"), seen("b")], cursor }] });
  await takeTurn(lane, "poll", ports);
  return {
    ...harness,
    /** Lets pages be what the connector's next polls yield. */
    willRead: (...pages: ScriptedPage[]) => script.polls.push({ pages }),
    lookBack: () => takeTurn(lane, "look-back", ports),
    due: () => turnOf(lane, clock.monotonicMs()),
    news: async () => (await harness.events()).slice(2),
  };
}

describe("a look-back", () => {
  it("publishes once what the polls have missed, and leaves the cursor where it is", async () => {
    const { lane, willRead, lookBack, news, store, script } = await loaded();
    const changed = seen("b", { email: "b@x" });
    for (let round = 0; round < 2; round += 1) {
      willRead({ observations: [seen("a")], cursor: 7 }, { observations: [changed, seen("c")], cursor: 8 });
      await lookBack();
    }
    expect(await news()).toEqual(["updated b v2", "inserted c v1"]);
    expect(lane.source.cursor).toBe("live");
    expect((await store.loadSource(1))?.cursor).toBe("live");
    expect(script.asked.polls.slice(1)).toMatchObject([{ from: "live" }, { from: "live" }]);
    expect([...store.state.passes.values()]).toMatchObject([
      { kind: "poll", inserted: 2 },
      { kind: "look-back", inserted: 1, updated: 1 },
    ]);
  });

  it("has a schedule of its own, which outlives a restart, and reads on from where the last one began", async () => {
    const { lane, lookBack, due, clock, script, store } = await loaded();
    expect(due()).toBeNull();
    await clock.advance(6 * hourMs);
    expect(due()).toBe("look-back");
    await lookBack();
    await clock.advance(7 * hourMs);
    expect(await store.loadSource(1)).toMatchObject({
      lookBackDueInMs: -hourMs,
      lookedBackAgeMs: 7 * hourMs,
    });
    lane.isOutdated = true;
    await lookBack();
    expect(script.asked.polls.slice(1)).toEqual([
      { from: "live", ms: pace.windowMs + pace.everyMs },
      { from: "live", ms: pace.windowMs + 7 * hourMs },
    ]);
    expect(due()).toBeNull();
  });

  it("gives way to a due poll: what it had read ahead is thrown away, and it goes on from its last page", async () => {
    const { lane, ports, willRead, lookBack, news, due, script, clock } = await loaded();
    lane.lookBackDueAtMs = clock.monotonicMs();
    script.polls.push({
      pages: [
        { observations: [seen("c")], cursor: "after c" },
        { observations: [seen("b", { email: "old@x" })], cursor: "never committed" },
      ],
      before: () => {
        lane.pollDueAtMs = clock.monotonicMs();
      },
    });
    await lookBack();
    expect(due()).toBe("poll");
    willRead({ observations: [seen("b", { email: "new@x" })], cursor: "live 2" });
    await takeTurn(lane, "poll", ports);
    expect(due()).toBe("look-back");
    willRead({ observations: [seen("b", { email: "new@x" }), seen("d")], cursor: "after d" });
    await lookBack();
    expect(script.asked.polls.slice(1)).toEqual([
      { from: "live", ms: pace.windowMs + pace.everyMs },
      "live",
      "after c",
    ]);
    expect(await news()).toEqual(["inserted c v1", "updated b v2", "inserted d v1"]);
    expect(lane.source.cursor).toBe("live 2");
    expect(due()).toBeNull();
  });

  it("comes to its end although a poll is always due and its upstream never rests", async () => {
    const { lane, lookBack, due, script, clock } = await loaded();
    lane.lookBackDueAtMs = clock.monotonicMs();
    const news = ["c", "d"].map((id) => ({ observations: [seen(id)], cursor: `after ${id}` }));
    const before = () => {
      lane.pollDueAtMs = clock.monotonicMs();
    };
    script.polls.push({ pages: news, before }, { pages: news.slice(1), before });
    for (const _ of news) await lookBack();
    lane.pollDueAtMs = Number.POSITIVE_INFINITY;
    expect(due()).toBeNull();
  });

  it("backs off by itself after a failure, and begins anew", async () => {
    const { lane, lookBack, due, script, clock, store } = await loaded();
    script.polls.push({ pages: [{ observations: [seen("c")], cursor: "after c" }], error: away() });
    await lookBack();
    expect(lane.source).toMatchObject({ state: "running", failures: 1 });
    expect(lane.pollDueAtMs).toBeGreaterThan(clock.monotonicMs() + hourMs);
    expect(due()).toBeNull();
    await clock.advance(300_000);
    expect(due()).toBe("look-back");
    await lookBack();
    expect(script.asked.polls.slice(1)).toMatchObject([{ from: "live" }, { from: "live" }]);
    expect([...store.state.passes.values()].map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      "poll done",
      "look-back failed",
    ]);
    expect(lane.source.failures).toBe(0);
  });

  it("halts the source like any other pass when a person is needed", async () => {
    const { lane, lookBack, script } = await loaded();
    script.polls.push({
      pages: [],
      error: new SourceHaltedError("TIDEMARK_UPSTREAM_UNAUTHORIZED", "401"),
    });
    await lookBack();
    expect(lane.source).toMatchObject({ state: "halted", haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED" });
  });

  it("is over at once when there is nothing yet to look back from", async () => {
    const { lookBack, due, script, news } = await loaded("too early");
    await lookBack();
    expect(script.asked.polls).toHaveLength(1);
    expect(await news()).toEqual([]);
    expect(due()).toBeNull();
  });

  it("waits for the first poll to end, and never comes where it is switched off", async () => {
    for (const lookBack of [pace, null]) {
      const { lane, ports, clock, script } = await laneHarness({ sweepEveryMs: 9_000 * hourMs, lookBack });
      script.polls.push({ pages: [{ observations: [seen("a")], cursor: 1 }], error: away() });
      await takeTurn(lane, "poll", ports);
      lane.pollDueAtMs = Number.POSITIVE_INFINITY;
      await clock.advance(7 * hourMs);
      expect(turnOf(lane, clock.monotonicMs())).toBeNull();
      await takeTurn(lane, "poll", ports);
      lane.pollDueAtMs = Number.POSITIVE_INFINITY;
      expect(turnOf(lane, clock.monotonicMs())).toBe(lookBack === null ? null : "look-back");
    }
  });

  it("shows an open sweep who is there", async () => {
    const { lane, ports, willRead, lookBack, news, script } = await loaded();
    script.sweeps.push({ pages: [{ observations: [seen("a")], cursor: "after a" }], error: away() });
    await takeTurn(lane, "sweep", ports);
    willRead({ observations: [seen("b")], cursor: 7 });
    await lookBack();
    await takeTurn(lane, "sweep", ports);
    expect(script.asked.ids).toEqual([]);
    expect(await news()).toEqual([]);
  });
});
