import { describe, expect, it } from "vitest";
import { dueAt, refreshLane, turnOf } from "../../src/app/lane.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { SourceConfig } from "../../src/ports/store.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const hourMs = 3_600_000;
// The harness' clock begins at midnight.
const daily = { timeZone: "UTC", passes: ["06:00-20:00"], sweeps: [] };

async function within(changes: Partial<SourceConfig>) {
  const harness = await laneHarness({ windows: daily, ...changes });
  const { lane, ports, clock, store } = harness;
  return {
    ...harness,
    due: () => turnOf(lane, clock.monotonicMs()),
    /** Hours since midnight. */
    dueAtHour: () => dueAt(lane, clock.monotonicMs()) / hourMs,
    turn: (kind: "poll" | "sweep" | "look-back") => takeTurn(lane, kind, ports),
    async ask(verb: "poll" | "sweep" | "resume") {
      const intent = await store.askIntent({ source: "acme", verb, actor: "me" });
      await store.finishIntent({ intent: intent ?? "", shard: 0, term: lane.shard.term, outcome: "done" });
      // As the next look at the configuration does.
      refreshLane(lane, (await store.loadSource(1)) ?? lane.source, clock);
    },
  };
}

describe("a source with windows", () => {
  it("is due when they open, and again when they open the next day", async () => {
    const { due, dueAtHour, turn, clock } = await within({ everyMs: 2 * hourMs, sweepEveryMs: 900 * hourMs });
    expect([due(), dueAtHour()]).toEqual([null, 6]);
    await clock.advance(6 * hourMs);
    expect(due()).toBe("poll");
    await turn("poll");
    expect(dueAtHour()).toBe(8);
    await clock.advance(13.5 * hourMs);
    expect(due()).toBe("poll");
    // It was due for hours; but nobody took it before they closed.
    await clock.advance(hourMs);
    expect([due(), dueAtHour()]).toEqual([null, 30]);
  });

  it("does at any time what a person has asked for, once", async () => {
    const { lane, due, turn, ask } = await within({ everyMs: hourMs });
    await ask("resume");
    expect(due()).toBeNull();
    for (const verb of ["poll", "sweep"] as const) {
      await ask(verb);
      expect(due()).toBe(verb);
      await turn(verb);
      Object.assign(lane, { pollDueAtMs: 0, sweepDueAtMs: 0 });
      expect(due()).toBeNull();
    }
  });

  it("finishes a sweep that is under way when they close, without giving way to polls that wait for the next day", async () => {
    const { lane, due, turn, clock, script } = await within({ everyMs: hourMs });
    await clock.advance(19 * hourMs);
    await turn("poll");
    lane.sweepDueAtMs = 0;
    script.sweeps.push({
      pages: ["a", "b", "c"].map((id) => ({ observations: [seen(id)], cursor: id })),
      before: async (index) => {
        if (index === 0) lane.pollDueAtMs = 0;
        // Before the second page is handed out, they close.
        if (index === 2) await clock.advance(2 * hourMs);
      },
    });
    await turn("sweep");
    expect(lane.source.openSweep).not.toBeNull();
    expect(due()).toBe("sweep");
    script.sweeps.push({ pages: ["b", "c"].map((id) => ({ observations: [seen(id)], cursor: id })) });
    await turn("sweep");
    expect(lane.source.openSweep).toBeNull();
    expect(script.asked.sweeps).toHaveLength(2);
    expect(due()).toBeNull();
  });

  it("sweeps in windows of their own, where it has them", async () => {
    const windows = { ...daily, sweeps: ["22:00-05:00"] };
    const { lane, due, turn, clock } = await within({ windows, everyMs: 100 * hourMs });
    await clock.advance(12 * hourMs);
    await turn("poll");
    lane.sweepDueAtMs = 0;
    expect(due()).toBeNull();
    await clock.advance(10 * hourMs);
    expect(due()).toBe("sweep");
  });

  it("goes on at night with a look-back that has given way to a poll", async () => {
    const { lane, due, turn, clock, script } = await within({
      everyMs: hourMs,
      lookBack: { everyMs: hourMs, windowMs: hourMs },
    });
    await clock.advance(19 * hourMs);
    await turn("poll");
    script.polls.push({
      pages: ["a", "b"].map((id) => ({ observations: [seen(id)], cursor: id })),
      before: () => {
        lane.pollDueAtMs = 0;
      },
    });
    await turn("look-back");
    await clock.advance(2 * hourMs);
    expect(due()).toBe("look-back");
    await turn("look-back");
    await clock.advance(2 * hourMs);
    expect(due()).toBeNull();
  });

  it("goes on at night with a poll that has given way to what a person has asked for", async () => {
    const { lane, due, turn, clock, script } = await within({ everyMs: hourMs });
    await clock.advance(19 * hourMs);
    script.polls.push({
      pages: ["a", "b", "c"].map((id) => ({ observations: [seen(id)], cursor: id })),
      before: () => {
        lane.isAwaited = true;
      },
    });
    await turn("poll");
    lane.isAwaited = false;
    await clock.advance(2 * hourMs);
    expect(due()).toBe("poll");
    await turn("poll");
    expect(script.asked.polls).toEqual([null, "a"]);
    await clock.advance(2 * hourMs);
    expect(due()).toBeNull();
  });
});
