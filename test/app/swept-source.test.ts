import { describe, expect, it } from "vitest";
import { turnOf } from "../../src/app/lane.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const minuteMs = 60_000;

/** A source without polls, which has done nothing yet. */
async function swept() {
  const harness = await laneHarness({ everyMs: null, sweepEveryMs: minuteMs });
  const { lane, ports, clock } = harness;
  return {
    ...harness,
    due: () => turnOf(lane, clock.monotonicMs()),
    sweep: () => takeTurn(lane, "sweep", ports),
  };
}

const page = (cursor: string, ...ids: string[]) => ({ observations: ids.map((id) => seen(id)), cursor });

describe("a source without polls", () => {
  it("is swept at once and never polled; its first complete sweep loads it", async () => {
    const { due, sweep, lane, script, clock, events } = await swept();
    expect(due()).toBe("sweep");
    script.sweeps.push({ pages: [page("after a", "a"), page("the end", "b")] });
    await sweep();
    expect(lane.source).toMatchObject({ isLoaded: true, population: 2, openSweep: null });
    expect(await events()).toEqual(["inserted a v1", "inserted b v1"]);
    expect(due()).toBeNull();
    await clock.advance(2 * minuteMs);
    expect(due()).toBe("sweep");
    expect(script.asked.polls).toEqual([]);
  });

  it("goes on from its place after a crash in its first sweep, and is loaded only when that has ended", async () => {
    const { due, sweep, lane, script, clock, events } = await swept();
    const away = new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502");
    script.sweeps.push({ pages: [page("after a", "a")], error: away });
    await sweep();
    expect(lane.source).toMatchObject({ isLoaded: false, population: 1, openSweep: { position: "after a" } });
    await clock.advance(minuteMs);
    expect(due()).toBe("sweep");
    script.sweeps.push({ pages: [page("the end", "b")] });
    await sweep();
    expect(script.asked.sweeps).toEqual([null, "after a"]);
    expect(lane.source).toMatchObject({ isLoaded: true, openSweep: null });
    expect(await events()).toEqual(["inserted a v1", "inserted b v1"]);
  });

  it("proves absence from its second sweep on: what a first one saw before it had to start again may just be missing", async () => {
    const { sweep, script, events } = await swept();
    script.sweeps.push({ pages: [page("after a", "a")], isIncomplete: true });
    await sweep();
    script.sweeps.push({ pages: [page("the end", "b")] });
    await sweep();
    expect(script.asked).toMatchObject({ sweeps: [null, null], ids: [] });
    script.sweeps.push({ pages: [page("the end", "b")] });
    await sweep();
    expect(script.asked.ids).toEqual([["a"]]);
    expect((await events()).at(-1)).toBe("deleted a v2");
  });

  it("halts when its upstream offers no sweep either", async () => {
    const { sweep, lane, script } = await swept();
    script.sweeps.push({ pages: [], notOffered: "there is no list" });
    await sweep();
    expect(lane.source).toMatchObject({ state: "halted", haltedCode: "TIDEMARK_CONNECTOR_FAILED" });
  });
});

describe("a sweep that the upstream does not offer", () => {
  async function polled() {
    const harness = await laneHarness({ sweepEveryMs: minuteMs, everyMs: 365 * 86_400_000 });
    const { lane, ports, script, log } = harness;
    script.polls.push({ pages: [page("loaded", "a", "b")] });
    await takeTurn(lane, "poll", ports);
    return {
      ...harness,
      told: () => log.lines.filter(({ message }) => message === "sweep.not-offered"),
      async sweep(pass: (typeof script.sweeps)[number]) {
        script.sweeps.push(pass);
        await takeTurn(lane, "sweep", ports);
      },
    };
  }
  const none = { pages: [], notOffered: "there is no list" };

  it("deletes nobody, is no failure, is told once, and is tried again when the next one is due", async () => {
    const { sweep, told, lane, script, clock, events, store } = await polled();
    for (let round = 0; round < 3; round += 1) {
      await sweep(none);
      expect(lane.source).toMatchObject({ state: "running", failures: 0, openSweep: null, population: 2 });
      expect(lane.sweepDueAtMs - clock.monotonicMs()).toBe(minuteMs);
    }
    expect(told()).toMatchObject([{ fields: { source: "acme", why: "there is no list" } }]);
    expect(script.asked).toMatchObject({ sweeps: [null, null, null], ids: [] });
    expect(await events()).toHaveLength(2);
    expect((await store.overview()).sources).toMatchObject([{ sweepNotOffered: "there is no list" }]);
  });

  it("keeps what it has shown on the way, and forgets its place", async () => {
    const { sweep, events, script, lane, store } = await polled();
    await sweep({ ...none, pages: [page("half", "a", "c")] });
    expect((await events()).at(-1)).toBe("inserted c v1");
    await sweep({ pages: [page("the end", "a", "b", "c")] });
    expect(script.asked.sweeps).toEqual([null, null]);
    expect(lane.source.openSweep).toBeNull();
    expect((await store.overview()).sources).toMatchObject([{ sweepNotOffered: null }]);
  });
});
