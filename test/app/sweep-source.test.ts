import { describe, expect, it } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { type LaneHarness, laneHarness } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => `a${String(index).padStart(3, "0")}`);

/** A source that has been loaded with these accounts. */
async function loaded(accounts: readonly string[], changes = {}): Promise<LaneHarness> {
  const harness = await laneHarness({ everyMs: 30 * 86_400_000, ...changes });
  harness.script.polls.push({ pages: [{ observations: accounts.map((id) => seen(id)), cursor: 1 }] });
  await takeTurn(harness.lane, "poll", harness.ports);
  return harness;
}

const deletes = async ({ events }: LaneHarness) =>
  (await events()).filter((event) => event.startsWith("deleted"));

describe("a sweep", () => {
  it("deletes what it has not seen, after each was looked up once more", async () => {
    const harness = await loaded(["a", "b", "c"]);
    const { lane, ports, script } = harness;
    script.sweeps.push({ pages: [{ observations: [seen("a")], cursor: 1 }] });
    script.answers.set("b", seen("b"));
    await takeTurn(lane, "sweep", ports);
    expect(script.asked.ids).toEqual([["b", "c"]]);
    expect(await deletes(harness)).toEqual(["deleted c v2"]);
    expect(lane.source).toMatchObject({ population: 2, openSweep: null });
  });

  it("deletes nothing when it ends without proof, when it fails, and when it stops early", async () => {
    const harness = await loaded(["a", "b"]);
    const { lane, ports, script } = harness;
    const pages = [{ observations: [seen("a")], cursor: 1 }];
    script.sweeps.push({ pages, isIncomplete: true });
    script.sweeps.push({ pages, error: new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502") });
    script.sweeps.push({ pages, error: new RetryableError("TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE", "1 of 2") });
    for (let round = 0; round < 3; round += 1) await takeTurn(lane, "sweep", ports);
    expect(await deletes(harness)).toEqual([]);
    expect(script.asked.ids).toEqual([]);
  });

  it("goes on from its position after a failure, and starts anew after an incomplete end", async () => {
    const { lane, ports, script } = await loaded(["a", "b"]);
    const pages = [{ observations: [seen("a")], cursor: "after a" }];
    script.sweeps.push({ pages, error: new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502") });
    script.sweeps.push({ pages: [{ observations: [seen("b")], cursor: "after b" }], isIncomplete: true });
    script.sweeps.push({ pages: [{ observations: [seen("a"), seen("b")], cursor: 2 }] });
    for (let round = 0; round < 3; round += 1) await takeTurn(lane, "sweep", ports);
    expect(script.asked.sweeps).toEqual([null, "after a", null]);
  });

  it("gives way to a due poll at its next page, and goes on from there; what the poll sees is not absent", async () => {
    const harness = await loaded(["a", "b", "c"]);
    const { lane, ports, script, events } = harness;
    script.sweeps.push({
      pages: [
        { observations: [seen("a")], cursor: "after a" },
        { observations: [seen("b")], cursor: "read ahead and thrown away" },
      ],
      before: () => {
        lane.pollDueAtMs = 0;
      },
    });
    await takeTurn(lane, "sweep", ports);
    script.polls.push({ pages: [{ observations: [seen("c", { email: "c@x" }), seen("d")], cursor: 2 }] });
    await takeTurn(lane, "poll", ports);
    script.sweeps.push({ pages: [{ observations: [seen("b")], cursor: "after b" }] });
    await takeTurn(lane, "sweep", ports);
    expect(script.asked.sweeps).toEqual([null, "after a"]);
    expect((await events()).slice(3)).toEqual(["updated c v2", "inserted d v1"]);
    expect(script.asked.ids).toEqual([]);
  });

  it("starts again when a crash of the database has emptied its staging", async () => {
    const harness = await loaded(["a", "b"]);
    const { lane, ports, script, store } = harness;
    const pages = [{ observations: [seen("a")], cursor: "after a" }];
    script.sweeps.push({ pages, error: new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502") });
    await takeTurn(lane, "sweep", ports);
    for (const pass of store.state.passes.values()) pass.staged.clear();
    script.sweeps.push({ pages: [{ observations: [seen("b")], cursor: "after b" }] });
    await takeTurn(lane, "sweep", ports);
    expect(await deletes(harness)).toEqual([]);
    expect(lane.source.openSweep).toBeNull();
  });

  it("starts again when a crash of the database empties its staging right before the absent are counted", async () => {
    const harness = await loaded(["a", "b"]);
    const { lane, ports, script, store } = harness;
    const countAbsent: typeof store.countAbsent = (sourceId, passId) => {
      store.state.passes.get(passId)?.staged.clear();
      return store.countAbsent(sourceId, passId);
    };
    const pages = [{ observations: [seen("a"), seen("b")], cursor: 1 }];
    script.sweeps.push({ pages }, { pages });
    await takeTurn(lane, "sweep", { ...ports, store: { ...store, countAbsent } });
    expect(script.asked.ids).toEqual([]);
    expect(lane.source).toMatchObject({ state: "running", failures: 1, openSweep: null });
    await takeTurn(lane, "sweep", ports);
    expect(script.asked.sweeps).toEqual([null, null]);
    expect(await deletes(harness)).toEqual([]);
    expect(lane.source.failures).toBe(0);
  });

  it("comes to its end although a poll is always due: a page in which nothing was seen is no reason to give way", async () => {
    const harness = await loaded(["a", "b"]);
    const { lane, ports, script } = harness;
    const always = () => {
      lane.pollDueAtMs = 0;
    };
    script.sweeps.push(
      { pages: [{ observations: [seen("a")], cursor: "the end" }], before: always },
      { pages: [{ observations: [], cursor: "the end" }], before: always },
    );
    await takeTurn(lane, "sweep", ports);
    expect(lane.source.openSweep).not.toBeNull();
    await takeTurn(lane, "sweep", ports);
    expect(script.asked.sweeps).toEqual([null, "the end"]);
    // Deleting `b` was worth giving way once more.
    expect(await deletes(harness)).toEqual(["deleted b v2"]);
    await takeTurn(lane, "sweep", ports);
    expect(lane.source.openSweep).toBeNull();
  });

  it("looks up accounts that it only knows to exist when their document is not known, and inserts them", async () => {
    const harness = await loaded(["a"]);
    const { lane, ports, script, events } = harness;
    script.sweeps.push({
      pages: [
        {
          observations: [
            { id: "a", present: true },
            { id: "new", present: true },
          ],
          cursor: 1,
        },
      ],
    });
    script.answers.set("new", seen("new"));
    await takeTurn(lane, "sweep", ports);
    expect(script.asked.ids).toEqual([["new"]]);
    expect((await events()).slice(1)).toEqual(["inserted new v1"]);
  });

  it("deletes in bounded slices and finishes them after an interruption", async () => {
    const harness = await loaded(ids(400), { deleteLimit: 1_000 });
    const { lane, ports, script, store } = harness;
    const page = { observations: ids(100).map((id) => seen(id)), cursor: 1 };
    script.sweeps.push({ pages: [page] }, { pages: [] });
    const slices: number[] = [];
    const commit = store.commit;
    ports.store.commit = async (step) => {
      if (step.entries.length > 0) slices.push(step.entries.length);
      if (slices.length === 2) lane.pollDueAtMs = 0;
      return commit(step);
    };
    await takeTurn(lane, "sweep", ports);
    expect(slices).toEqual([100, 100]);
    await takeTurn(lane, "sweep", ports);
    expect(slices).toEqual([100, 100, 100]);
    expect(lane.source).toMatchObject({ population: 100, openSweep: null });
  });
});
