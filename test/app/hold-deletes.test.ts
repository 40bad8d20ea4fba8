import { describe, expect, it } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { gone, type HoldHarness, holdHarness, manyIds } from "../support/hold-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");

/** Makes a poll due as soon as the accounts of the n-th look-up have been asked for. */
function pollIsDueAt(harness: HoldHarness, lookUp: number): void {
  const { script, ports } = harness;
  const { upstreamOf } = ports;
  ports.upstreamOf = (...asked) => {
    const upstream = upstreamOf(...asked);
    const get: typeof upstream.connector.get = async (ids, context) => {
      const answer = await upstream.connector.get(ids, context);
      if (script.asked.ids.length === lookUp) harness.lane.pollDueAtMs = 0;
      return answer;
    };
    return { ...upstream, connector: { ...upstream.connector, get } };
  };
}

describe("a sweep that does not see too many accounts", () => {
  it("deletes none of them when more than the limit are confirmed to be gone: all go on hold, and the rest of the feed goes on", async () => {
    const harness = await holdHarness(manyIds(300));
    await harness.sweep(manyIds(199));
    expect(await harness.deleted()).toEqual([]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 101"]);
    expect(harness.lane.source).toMatchObject({ state: "running", openSweep: null, failures: 0, held: 101 });
    await harness.poll([seen("new"), seen("a000", { email: "new@x" })]);
    expect((await harness.events()).slice(-2)).toEqual(["inserted new v1", "updated a000 v2"]);
    expect(harness.log.lines.filter(({ message }) => message === "deletes.held")).toHaveLength(1);
  });

  it("stops looking up as soon as the limit is passed, and holds what was not looked up, too", async () => {
    const harness = await holdHarness(manyIds(600));
    await harness.sweep(manyIds(100));
    expect(harness.script.asked.ids).toHaveLength(2);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 500"]);
  });

  it("counts only what is confirmed to be gone: accounts that a list leaves out are no reason to hold", async () => {
    const harness = await holdHarness(manyIds(400));
    for (const id of manyIds(390)) harness.script.answers.set(id, seen(id));
    await harness.sweep(["a000"]);
    expect(await harness.deleted()).toEqual(manyIds(400).slice(390));
    expect(await harness.holds()).toEqual([]);
  });

  it("leaves alone what the look-up cannot tell", async () => {
    const harness = await holdHarness(manyIds(3));
    harness.script.answers.set("a001", null);
    await harness.sweep(["a000"]);
    expect(await harness.deleted()).toEqual(["a002"]);
    await harness.sweep(["a000", "a001"]);
    expect(await harness.deleted()).toEqual(["a002"]);
    expect(harness.lane.source.population).toBe(2);
  });

  it("holds every delete where the operator allows none", async () => {
    const harness = await holdHarness(manyIds(3), { deleteLimit: 0 });
    await harness.sweep(["a000", "a001"]);
    await harness.poll([gone("a001")]);
    expect(await harness.deleted()).toEqual([]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 2"]);
  });

  it("counts the deletes of the rolling day, whoever made them, and forgets them a day later", async () => {
    const harness = await holdHarness(manyIds(300));
    await harness.poll(manyIds(60).map(gone));
    await harness.sweep(manyIds(300).slice(101));
    expect(await harness.deleted()).toHaveLength(60);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 41"]);
    await harness.clock.advance(25 * 3_600_000);
    await harness.sweep(manyIds(300).slice(201));
    expect(await harness.deleted()).toHaveLength(160);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 41"]);
  });

  it("does not look up, count or hold again what is on hold", async () => {
    const harness = await holdHarness(manyIds(300));
    await harness.sweep(manyIds(199));
    const lookUps = harness.script.asked.ids.length;
    await harness.sweep(manyIds(199));
    expect(harness.script.asked.ids).toHaveLength(lookUps);
    await harness.sweep(manyIds(198));
    expect(harness.script.asked.ids.slice(lookUps)).toEqual([["a198"]]);
    expect(await harness.deleted()).toEqual(["a198"]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 101"]);
  });
});

describe("an empty sweep of a source that has accounts", () => {
  it("is held whatever the limit, without a look-up", async () => {
    const harness = await holdHarness(["a", "b"], { deleteLimit: 1_000 });
    await harness.sweep([]);
    expect(await harness.holds()).toEqual(["waiting empty-sweep 2"]);
    expect(harness.script.asked.ids).toEqual([]);
    await harness.sweep([]);
    expect(await harness.holds()).toEqual(["waiting empty-sweep 2"]);
  });

  it("is held also when a poll has seen some accounts meanwhile", async () => {
    const harness = await holdHarness(["a", "b", "c"]);
    harness.script.sweeps.push({
      pages: [{ observations: [], cursor: 1 }],
      error: new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502"),
    });
    await takeTurn(harness.lane, "sweep", harness.ports);
    await harness.poll([seen("a")]);
    await harness.sweep([]);
    expect(await harness.holds()).toEqual(["waiting empty-sweep 2"]);
    expect(await harness.deleted()).toEqual([]);
  });

  it("of a source without accounts is nothing special", async () => {
    const harness = await holdHarness([]);
    await harness.sweep([]);
    expect(await harness.holds()).toEqual([]);
    expect(harness.lane.source.openSweep).toBeNull();
  });
});

describe("judging what a sweep has not seen", () => {
  it("gives way to a due poll between look-ups and goes on where it was; what the poll sees is not deleted", async () => {
    const harness = await holdHarness(manyIds(400), { deleteLimit: 1_000 });
    pollIsDueAt(harness, 2);
    await harness.sweep(["a000"]);
    expect(harness.script.asked.ids).toHaveLength(2);
    expect(await harness.deleted()).toEqual([]);
    await harness.poll([seen("a005"), gone("a006"), seen("a399")]);
    await harness.sweep([]);
    expect(harness.script.asked.ids).toHaveLength(4);
    expect(new Set(harness.script.asked.ids.flat()).size).toBe(398);
    expect(new Set(await harness.deleted())).toEqual(
      new Set(manyIds(400).filter((id) => !["a000", "a005", "a399"].includes(id))),
    );
    expect(harness.lane.source).toMatchObject({ population: 3, openSweep: null });
  });

  it("does not count what a poll has seen since the look-up", async () => {
    const harness = await holdHarness(manyIds(300), { deleteLimit: 150 });
    pollIsDueAt(harness, 1);
    await harness.sweep(manyIds(140));
    await harness.poll(
      manyIds(160)
        .slice(140)
        .map((id) => seen(id)),
    );
    await harness.sweep([]);
    expect(await harness.holds()).toEqual([]);
    expect(await harness.deleted()).toEqual(manyIds(300).slice(160));
  });

  it("begins anew after a restart, and deletes nothing twice", async () => {
    const harness = await holdHarness(manyIds(400), { deleteLimit: 1_000 });
    pollIsDueAt(harness, 2);
    await harness.sweep(["a000"]);
    await harness.restart();
    await harness.sweep([]);
    expect(harness.script.asked.ids[2]).toEqual(harness.script.asked.ids[0]);
    expect(await harness.deleted()).toEqual(manyIds(400).slice(1));
    expect(harness.lane.source.population).toBe(1);
  });

  it.each(["answered", "not carried out"])(
    "survives a lost answer to the statement that holds (%s), and holds once",
    async (fate) => {
      const harness = await holdHarness(manyIds(300));
      harness.store.failNext("holdAbsent", lost, { applied: fate === "answered" });
      await harness.sweep(manyIds(100));
      expect(harness.lane.source.failures).toBe(1);
      await harness.sweep([]);
      expect(await harness.holds()).toEqual(["waiting too-many-deletes 200"]);
      expect(await harness.deleted()).toEqual([]);
      expect(harness.lane.source).toMatchObject({ failures: 0, openSweep: null, held: 200 });
    },
  );

  it("holds nothing when a crash has emptied the staging at that very moment", async () => {
    const harness = await holdHarness(manyIds(300));
    const { store, ports } = harness;
    ports.store = {
      ...store,
      holdAbsent(absent) {
        store.state.passes.get(absent.passId)?.staged.clear();
        return store.holdAbsent(absent);
      },
    };
    await harness.sweep(manyIds(100));
    expect(await harness.holds()).toEqual([]);
    await harness.sweep([]);
    expect(harness.lane.source).toMatchObject({ failures: 1, openSweep: null });
    expect(await harness.deleted()).toEqual([]);
  });

  it("a process that has lost the shard holds nothing", async () => {
    const harness = await holdHarness(manyIds(300));
    const { store, ports } = harness;
    ports.store = {
      ...store,
      async holdAbsent(absent) {
        await harness.takeOver();
        return store.holdAbsent(absent);
      },
    };
    await harness.sweep(manyIds(100));
    expect(await harness.holds()).toEqual([]);
    expect(harness.shard.lost.aborted).toBe(true);
  });
});

describe("tombstones beyond the limit", () => {
  it("go on hold, page by page into one hold, while inserts and updates of the same pages are published", async () => {
    const harness = await holdHarness(manyIds(400));
    const page = (from: number, to: number, more: string) => [
      ...manyIds(400).slice(from, to).map(gone),
      seen(more),
      seen("a399", { email: `${more}@x` }),
    ];
    harness.script.polls.push({
      pages: [
        { observations: page(0, 90, "n1"), cursor: "p1" },
        { observations: page(90, 110, "n2"), cursor: "p2" },
        { observations: page(110, 111, "n3"), cursor: "p3" },
      ],
    });
    await takeTurn(harness.lane, "poll", harness.ports);
    expect(await harness.deleted()).toEqual(manyIds(90));
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 21"]);
    const events = (await harness.events()).slice(400).filter((event) => !event.startsWith("deleted"));
    expect(events).toEqual([
      "inserted n1 v1",
      "updated a399 v2",
      "inserted n2 v1",
      "updated a399 v3",
      "inserted n3 v1",
      "updated a399 v4",
    ]);
    expect((await harness.store.loadSource(1))?.cursor).toBe("p3");
    expect(harness.lane.source.population).toBe(400 - 90 + 3);
  });

  it("of an account that is on hold change nothing, and it stays there", async () => {
    const harness = await holdHarness(["a", "b"], { deleteLimit: 0 });
    await harness.poll([gone("a")]);
    await harness.poll([gone("a"), gone("a")]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 1"]);
    expect(await harness.deleted()).toEqual([]);
    expect(harness.lane.source.held).toBe(1);
  });

  it("are folded with what else the page says of the account, and its versions stay gapless", async () => {
    const harness = await holdHarness(["a", "b", "c"], { deleteLimit: 0 });
    await harness.poll([
      gone("a"),
      seen("a", { email: "a@x" }),
      seen("b", { email: "b@x" }),
      gone("b"),
      gone("never known"),
      seen("new"),
      gone("new"),
    ]);
    expect((await harness.events()).slice(3)).toEqual(["updated a v2", "updated b v2", "inserted new v1"]);
    const [hold] = await harness.store.holds();
    expect((await harness.store.hold(hold?.id ?? "", 10))?.first.map(({ id }) => id)).toEqual(["b", "new"]);
  });

  it("open no hold when the page itself takes all of them back", async () => {
    const harness = await holdHarness(["a"], { deleteLimit: 0 });
    await harness.poll([gone("a"), seen("a")]);
    expect(harness.store.state.holds.size).toBe(0);
    expect(await harness.events()).toEqual(["inserted a v1"]);
  });

  it("join the hold that waits, and open another when that one is settled or decided", async () => {
    const harness = await holdHarness(manyIds(5), { deleteLimit: 0 });
    await harness.poll([gone("a000")]);
    await harness.poll([gone("a001")]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 2"]);
    await harness.decide("reject", "1");
    await harness.poll([gone("a002")]);
    expect(await harness.holds()).toEqual(["rejected too-many-deletes 2", "waiting too-many-deletes 1"]);
    await harness.poll([seen("a002")]);
    await harness.poll([gone("a003")]);
    expect((await harness.store.holds()).map(({ id }) => id)).toEqual(["1", "3"]);
  });
});

describe("an account on hold that is seen again", () => {
  it.each(["poll", "sweep"] as const)("by a %s leaves the hold in the same commit", async (kind) => {
    const harness = await holdHarness(manyIds(3), { deleteLimit: 0 });
    await harness.poll(manyIds(3).map(gone));
    await harness[kind](["a001"].map((id) => (kind === "poll" ? seen(id) : id)) as never);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 2"]);
    expect((await harness.store.heldAmong(1, manyIds(3))).map(({ id }) => id)).toEqual(["a000", "a002"]);
    expect(await harness.events()).toHaveLength(3);
    await harness.poll([seen("a000", { email: "back@x" }), seen("a002")]);
    expect(await harness.holds()).toEqual([]);
    expect((await harness.events()).slice(3)).toEqual(["updated a000 v2"]);
    expect(harness.lane.source.held).toBe(0);
  });

  it("and gone again later in the page stays on hold", async () => {
    const harness = await holdHarness(["a"], { deleteLimit: 0 });
    await harness.poll([gone("a")]);
    await harness.poll([seen("a", { email: "x@x" }), gone("a")]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 1"]);
    await harness.poll([gone("a"), seen("a", { email: "y@x" })]);
    expect(await harness.holds()).toEqual([]);
    expect((await harness.events()).slice(1)).toEqual(["updated a v2", "updated a v3"]);
  });

  it("is not forgotten when the answer to that commit is lost", async () => {
    const harness = await holdHarness(["a"], { deleteLimit: 0 });
    await harness.poll([gone("a")]);
    harness.store.failNext("commit", lost, { applied: false });
    await harness.poll([seen("a")]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 1"]);
    await harness.poll([seen("a")]);
    expect(await harness.holds()).toEqual([]);
  });
});

it("a source without holds is not asked about them", async () => {
  const harness = await holdHarness(manyIds(3));
  let asked = 0;
  harness.ports.store = {
    ...harness.store,
    heldAmong(sourceId, ids) {
      asked += 1;
      return harness.store.heldAmong(sourceId, ids);
    },
  };
  await harness.poll([seen("a000"), gone("a001")]);
  expect(asked).toBe(0);
});
