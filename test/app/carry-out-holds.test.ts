import { describe, expect, it } from "vitest";
import { turnOf } from "../../src/app/lane.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { gone, type HoldHarness, holdHarness, manyIds } from "../support/hold-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");

/** A source of so many accounts, the first of which are on hold. */
async function holding(held: number, of: number): Promise<HoldHarness> {
  const harness = await holdHarness(manyIds(of), { deleteLimit: 0 });
  await harness.poll(manyIds(held).map(gone));
  return harness;
}

const turn = ({ lane, clock }: HoldHarness) => turnOf(lane, clock.monotonicMs());

describe("an approved hold", () => {
  it("deletes what is then still gone, whatever the limit; what is back leaves the hold", async () => {
    const harness = await holding(250, 300);
    harness.script.answers.set("a007", seen("a007", { email: "back@x" }));
    harness.script.answers.set("a211", seen("a211"));
    expect(turn(harness)).toBeNull();
    expect(await harness.decide("approve", "1", "end of the school year")).toBe("done");
    expect(turn(harness)).toBe("hold");
    await harness.carryOut();
    expect(await harness.deleted()).toEqual(manyIds(250).filter((id) => id !== "a007" && id !== "a211"));
    expect(await harness.holds()).toEqual([]);
    expect(harness.lane.source).toMatchObject({ population: 52, held: 0, failures: 0 });
    expect((await harness.events()).filter((event) => event.includes("a007"))).toEqual([
      "inserted a007 v1",
      "updated a007 v2",
    ]);
    expect(turn(harness)).toBeNull();
  });

  it("tells who approved it, when, and what they said", async () => {
    const harness = await holding(1, 2);
    await harness.decide("approve", "1", "checked with HR");
    const decidedAt = new Date(harness.clock.now()).toISOString();
    const decision = { state: "approved", decidedBy: "ann", note: "checked with HR", decidedAt };
    expect(await harness.store.hold("1", 1)).toMatchObject(decision);
    await harness.carryOut();
    expect(await harness.store.hold("1", 1)).toMatchObject({ ...decision, accounts: 0, first: [] });
  });

  it("takes nothing from the allowance of the rolling day", async () => {
    const harness = await holdHarness(manyIds(400));
    await harness.sweep(manyIds(150));
    await harness.decide("approve", "1");
    await harness.carryOut();
    expect(await harness.deleted()).toHaveLength(250);
    await harness.poll(manyIds(100).map(gone));
    expect(await harness.deleted()).toHaveLength(350);
    await harness.poll([gone("a149")]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 1"]);
  });

  it("deletes an account that comes back later and goes again only under the guard", async () => {
    const harness = await holding(1, 2);
    await harness.decide("approve", "1");
    await harness.carryOut();
    await harness.poll([seen("a000")]);
    await harness.poll([gone("a000")]);
    expect((await harness.events()).filter((event) => event.includes("a000"))).toEqual([
      "inserted a000 v1",
      "deleted a000 v2",
      "inserted a000 v3",
    ]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 1"]);
  });

  it("keeps what a look-up cannot tell until a complete sweep has not seen it either; no look-up is needed then", async () => {
    const harness = await holding(4, 6);
    harness.script.answers.set("a001", null);
    harness.script.answers.set("a003", null);
    await harness.decide("approve", "1");
    await harness.carryOut();
    expect(await harness.deleted()).toEqual(["a000", "a002"]);
    expect(await harness.holds()).toEqual(["approved too-many-deletes 2"]);
    expect(turn(harness)).toBeNull();

    harness.script.asked.ids.length = 0;
    await harness.sweep(["a003", "a004", "a005"]);
    expect(await harness.deleted()).toEqual(["a000", "a002", "a001"]);
    expect(await harness.holds()).toEqual([]);
    expect(harness.script.asked.ids).toEqual([]);
    expect(harness.lane.source).toMatchObject({ population: 3, held: 0, openSweep: null });
  });

  it("keeps what a look-up cannot tell over sweeps that prove nothing, or that were not offered", async () => {
    const harness = await holding(1, 2);
    harness.script.answers.set("a000", null);
    await harness.decide("approve", "1");
    await harness.carryOut();
    const page = { observations: [seen("a001")], cursor: 1 };
    harness.script.sweeps.push({ pages: [page], isIncomplete: true });
    await takeTurn(harness.lane, "sweep", harness.ports);
    harness.script.sweeps.push({ pages: [page], notOffered: "there is no list" });
    await takeTurn(harness.lane, "sweep", harness.ports);
    expect(await harness.deleted()).toEqual([]);
    expect(await harness.holds()).toEqual(["approved too-many-deletes 1"]);
    // It may be able to tell by now.
    expect(turn(harness)).toBe("hold");
  });

  it("of all accounts, which no look-up can tell of as nobody is left, is carried out by the next empty sweep", async () => {
    const harness = await holdHarness(manyIds(3), { deleteLimit: 0 });
    for (const id of manyIds(3)) harness.script.answers.set(id, null);
    await harness.sweep([]);
    expect(await harness.holds()).toEqual(["waiting empty-sweep 3"]);
    await harness.sweep([]);
    expect(await harness.deleted()).toEqual([]);
    await harness.decide("approve", "1", "the school is closed");
    await harness.carryOut();
    expect(await harness.deleted()).toEqual([]);
    await harness.sweep([]);
    expect(await harness.deleted()).toEqual(manyIds(3));
    expect(await harness.holds()).toEqual([]);
  });

  it("is carried out by a sweep in slices, which give way to polls and survive a restart", async () => {
    const harness = await holding(150, 151);
    for (const id of manyIds(150)) harness.script.answers.set(id, null);
    await harness.decide("approve", "1");
    await harness.carryOut();
    const { commit } = harness.store;
    harness.ports.store.commit = async (step) => {
      if (step.entries.length > 0) harness.lane.pollDueAtMs = 0;
      return commit(step);
    };
    await harness.sweep(["a150"]);
    expect(await harness.deleted()).toEqual(manyIds(100));
    await harness.poll([seen("a120", { email: "back@x" })]);
    await harness.restart();
    // The sweep goes on from its end.
    await harness.sweep([]);
    expect(await harness.deleted()).toEqual(manyIds(150).filter((id) => id !== "a120"));
    expect(await harness.holds()).toEqual([]);
  });

  it("is not carried out for an account whose item the sweep could not understand: it is there", async () => {
    const harness = await holding(2, 3);
    for (const id of manyIds(2)) harness.script.answers.set(id, null);
    await harness.decide("approve", "1");
    await harness.carryOut();
    const rejected = [{ raw: { id: "a000" }, accountId: "a000", reason: "odd" }];
    harness.script.sweeps.push({ pages: [{ observations: [seen("a002")], rejected, cursor: 1 }] });
    await takeTurn(harness.lane, "sweep", harness.ports);
    expect(await harness.deleted()).toEqual(["a001"]);
    expect(await harness.holds()).toEqual(["approved too-many-deletes 1"]);
  });

  it("gives way to a due poll between look-ups, and goes on where it was", async () => {
    const harness = await holding(250, 251);
    await harness.decide("approve", "1");
    const commit = harness.store.commit;
    harness.ports.store.commit = async (step) => {
      if (step.released !== undefined) harness.lane.pollDueAtMs = 0;
      return commit(step);
    };
    await harness.carryOut();
    expect(harness.script.asked.ids.map((ids) => ids.length)).toEqual([100]);
    expect(turn(harness)).toBe("poll");
    await harness.poll([seen("a150")]);
    expect(turn(harness)).toBe("hold");
    await harness.carryOut();
    await harness.carryOut();
    expect(harness.script.asked.ids.map((ids) => ids[0])).toEqual(["a000", "a100", "a201"]);
    expect(await harness.deleted()).toEqual(manyIds(250).filter((id) => id !== "a150"));
  });

  it("is carried out by whoever has the shard after a restart, and deletes nothing twice", async () => {
    const harness = await holding(150, 151);
    await harness.decide("approve", "1");
    harness.lane.pollDueAtMs = 0;
    await harness.carryOut();
    expect(await harness.deleted()).toHaveLength(100);
    await harness.restart();
    expect(turn(harness)).toBe("hold");
    await harness.carryOut();
    expect(await harness.deleted()).toEqual(manyIds(150));
    expect(
      (await harness.events()).filter((event) => event.startsWith("deleted") && !event.endsWith("v2")),
    ).toEqual([]);
  });

  it.each([true, false])("survives a lost answer to a commit (carried out: %s)", async (applied) => {
    const harness = await holding(3, 5);
    await harness.decide("approve", "1");
    harness.store.failNext("commit", lost, { applied });
    await harness.carryOut();
    expect(turn(harness)).toBeNull();
    await harness.clock.advance(10_000);
    expect(turn(harness)).toBe("hold");
    await harness.carryOut();
    expect(await harness.deleted()).toEqual(manyIds(3));
    expect(harness.lane.source.population).toBe(2);
  });

  it("changes nothing for a process that has lost the shard", async () => {
    const harness = await holding(3, 5);
    await harness.decide("approve", "1");
    await harness.takeOver();
    await harness.carryOut();
    expect(await harness.deleted()).toEqual([]);
    expect(await harness.holds()).toEqual(["approved too-many-deletes 3"]);
  });

  it("waits while its upstream is away, and does not stop the polls", async () => {
    const harness = await holding(1, 2);
    await harness.decide("approve", "1");
    const { upstreamOf } = harness.ports;
    harness.ports.upstreamOf = (...asked) => {
      const upstream = upstreamOf(...asked);
      const get = () => Promise.reject(new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502"));
      return { ...upstream, connector: { ...upstream.connector, get } };
    };
    const { pollDueAtMs, sweepDueAtMs } = harness.lane;
    await harness.carryOut();
    expect(harness.lane.holdDueAtMs).toBeGreaterThan(harness.clock.monotonicMs());
    expect(harness.lane).toMatchObject({ pollDueAtMs, sweepDueAtMs });
    expect(harness.lane.source).toMatchObject({ state: "running", failures: 1 });
  });
});

describe("a rejected hold", () => {
  it("keeps its accounts and is never asked about again; seen again, they leave it", async () => {
    const harness = await holding(2, 4);
    expect(await harness.decide("reject", "1", "a broken export")).toBe("done");
    expect(turn(harness)).toBeNull();
    await harness.sweep(["a002", "a003"]);
    expect(harness.script.asked.ids).toEqual([]);
    await harness.poll([gone("a000")]);
    await harness.carryOut();
    expect(await harness.deleted()).toEqual([]);
    expect(await harness.holds()).toEqual(["rejected too-many-deletes 2"]);
    expect(await harness.store.hold("1", 1)).toMatchObject({ decidedBy: "ann", note: "a broken export" });
    expect(harness.lane.source).toMatchObject({ held: 2, waiting: 0, population: 4 });
    await harness.sweep(manyIds(4));
    expect(await harness.holds()).toEqual([]);
  });

  it("can still be approved", async () => {
    const harness = await holding(2, 4);
    await harness.decide("reject", "1");
    expect(await harness.decide("approve", "1", "after all")).toBe("done");
    await harness.carryOut();
    expect(await harness.deleted()).toEqual(["a000", "a001"]);
  });
});

it("a hold that is approved while another is being carried out gets its turn", async () => {
  const harness = await holding(1, 4);
  await harness.decide("reject", "1");
  await harness.poll([gone("a003")]);
  await harness.decide("approve", "2");
  const { upstreamOf } = harness.ports;
  harness.ports.upstreamOf = (...asked) => {
    const upstream = upstreamOf(...asked);
    const get: typeof upstream.connector.get = async (ids, context) => {
      if (ids.includes("a003")) await harness.decide("approve", "1");
      return upstream.connector.get(ids, context);
    };
    return { ...upstream, connector: { ...upstream.connector, get } };
  };
  await harness.carryOut();
  expect(await harness.deleted()).toEqual(["a003"]);
  expect(turn(harness)).toBe("hold");
  await harness.carryOut();
  expect(await harness.deleted()).toEqual(["a003", "a000"]);
});

it("what was approved cannot be rejected: it may be deleted by now", async () => {
  const harness = await holding(2, 4);
  await harness.decide("approve", "1", "sure");
  expect(await harness.decide("reject", "1", "oh no")).toBe("refused: it is approved already");
  expect(await harness.store.hold("1", 1)).toMatchObject({ state: "approved", note: "sure" });
});

it("a second hold is carried out at once although the first has left something that cannot be told", async () => {
  const harness = await holding(2, 5);
  harness.script.answers.set("a000", null);
  await harness.decide("approve", "1");
  await harness.carryOut();
  await harness.poll([gone("a004")]);
  await harness.decide("approve", "2");
  expect(turn(harness)).toBe("hold");
  await harness.carryOut();
  expect(await harness.deleted()).toEqual(["a001", "a004"]);
  expect(await harness.holds()).toEqual(["approved too-many-deletes 1"]);
});
