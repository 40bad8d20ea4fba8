import { describe, expect, it } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { type HoldHarness, gone, holdHarness, manyIds } from "../support/hold-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");

/** A loaded source of two accounts that takes 3 inserts a day. */
const small = (changes = {}) => holdHarness(["old1", "old2"], { insertLimit: 3, ...changes });

const fresh = (ids: readonly string[], email?: string) =>
  ids.map((id) => seen(id, email === undefined ? {} : { email }));

/** Events after those of the first load. */
const news = async (harness: HoldHarness) => (await harness.events()).slice(2);

/** E-mail addresses in the newest events of these accounts. */
async function published(harness: HoldHarness, id: string): Promise<unknown> {
  const rows = (await harness.journal()).filter(({ accountId }) => accountId === id);
  return (JSON.parse(rows.at(-1)?.value ?? "{}") as { after?: { email: string } }).after?.email;
}

describe("a flood of inserts", () => {
  it("goes on hold with its documents, page by page, while everything else is published and the cursor goes on", async () => {
    const harness = await small();
    harness.script.polls.push({
      pages: [
        { observations: fresh(["n1", "n2"]), cursor: "p1" },
        {
          observations: [...fresh(["n3", "n4"]), seen("old1", { email: "x@x" }), gone("old2")],
          cursor: "p2",
        },
        { observations: fresh(["n5"]), cursor: "p3" },
      ],
    });
    await takeTurn(harness.lane, "poll", harness.ports);
    expect(await news(harness)).toEqual([
      "inserted n1 v1",
      "inserted n2 v1",
      "updated old1 v2",
      "deleted old2 v2",
    ]);
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 3"]);
    const stored = await harness.store.loadSource(1);
    expect(stored).toMatchObject({ cursor: "p3", population: 3, held: 3, waiting: 3 });
    expect(await harness.store.hold("1", 1)).toMatchObject({
      detail:
        "2 accounts would be inserted, 4 with those of the last 24 hours; the limit for 2 accounts is 3",
      first: [{ id: "n3", document: expect.stringContaining('"id":"n3"') }],
    });
    const told = harness.log.lines.filter(({ message }) => message === "inserts.held");
    expect(told.map(({ fields }) => fields["held"])).toEqual([2, 1]);
  });

  it("is none while the source is being loaded, however many there are, and neither counts afterwards", async () => {
    const harness = await holdHarness(manyIds(40), { insertLimit: 3 });
    await harness.poll(fresh(["n1", "n2", "n3"]));
    expect(await harness.events()).toHaveLength(43);
    await harness.poll(fresh(["n4"]));
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 1"]);
  });

  it("is judged over the rolling day, accounts that are inserted again included", async () => {
    const harness = await small();
    await harness.poll([gone("old1"), ...fresh(["n1", "n2"])]);
    await harness.poll(fresh(["old1", "n3"]));
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 2"]);
    await harness.clock.advance(25 * 3_600_000);
    await harness.poll(fresh(["n4", "n5", "n6"]));
    expect((await news(harness)).slice(3)).toEqual(["inserted n4 v1", "inserted n5 v1", "inserted n6 v1"]);
    await harness.decide("approve", "1");
    await harness.carryOut();
    expect((await news(harness)).slice(6)).toEqual(["inserted n3 v1", "inserted old1 v3"]);
  });

  it("is held also by a sweep; what is on hold is not absent, and nobody looks it up", async () => {
    const harness = await small();
    await harness.sweep(["old1", "old2", ...manyIds(5)]);
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 5"]);
    await harness.sweep(["old1", "old2", ...manyIds(5)]);
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 5"]);
    expect(harness.script.asked.ids).toEqual([]);
    expect(await news(harness)).toEqual([]);
  });

  it("of accounts whose documents have to be fetched is held as well", async () => {
    const harness = await small();
    for (const id of manyIds(4)) harness.script.answers.set(id, seen(id));
    await harness.poll(manyIds(4).map((id) => ({ id, present: true })));
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 4"]);
    await harness.poll([{ id: "a000", present: true }]);
    expect(harness.script.asked.ids).toHaveLength(1);
  });

  it("waits beside deletes of the same page, each in a hold of its own; what comes and goes in it waits in neither", async () => {
    const harness = await small({ insertLimit: 0, deleteLimit: 0 });
    await harness.poll([gone("old1"), seen("n1"), seen("n2"), gone("n2"), seen("old2", { email: "y@x" })]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 1", "waiting too-many-inserts 1"]);
    expect(await news(harness)).toEqual(["updated old2 v2"]);
    expect(harness.lane.source.population).toBe(2);
  });

  it("survives a lost answer to its commit, and is held once", async () => {
    const harness = await small();
    harness.store.failNext("commit", lost, { applied: true });
    await harness.poll(fresh(manyIds(4)));
    await harness.poll(fresh(manyIds(4)));
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 4"]);
    expect(await news(harness)).toEqual([]);
  });
});

describe("a new account on hold", () => {
  async function holding(ids: readonly string[], changes = {}): Promise<HoldHarness> {
    const harness = await small({ insertLimit: 0, ...changes });
    await harness.poll(fresh(ids, "first@x"));
    return harness;
  }

  it("stays there with what is newest of it, also where the limit would let it through", async () => {
    const harness = await holding(["n1", "n2"]);
    Object.assign(harness.store.state.sources.get(1) ?? {}, { insertLimit: 100 });
    await harness.poll([seen("n1", { email: "second@x" }), seen("n3")]);
    expect(await news(harness)).toEqual(["inserted n3 v1"]);
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 2"]);
    await harness.decide("approve", "1");
    await harness.carryOut();
    expect(await harness.holds()).toEqual([]);
    expect(await published(harness, "n1")).toBe("second@x");
    expect(await published(harness, "n2")).toBe("first@x");
    expect(harness.lane.source).toMatchObject({ population: 5, held: 0 });
  });

  it("leaves the hold when it is gone, without an event, and is judged anew when it comes back", async () => {
    const harness = await holding(["n1", "n2"]);
    await harness.poll([gone("n1")]);
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 1"]);
    await harness.poll([seen("n1")]);
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 2"]);
    await harness.poll([gone("n1"), gone("n2")]);
    expect(await harness.holds()).toEqual([]);
    expect(await news(harness)).toEqual([]);
  });

  it("leaves it also when a complete sweep has not seen it; one that saw nothing at all proves nothing", async () => {
    const harness = await holding(["n1", "n2"]);
    await harness.sweep([]);
    expect(await harness.holds()).toContain("waiting too-many-inserts 2");
    await harness.sweep(["old1", "old2", "n2"]);
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 1"]);
    expect((await harness.store.heldAmong(1, ["n1", "n2"])).map(({ id }) => id)).toEqual(["n2"]);
    expect(harness.lane.source.openSweep).toBeNull();
    await harness.poll([seen("old1", { email: "z@x" })]);
    expect(await news(harness)).toEqual(["updated old1 v2"]);
  });

  it("that was rejected stays out until it changes, and then is judged like any other", async () => {
    const harness = await holding(["n1", "n2"]);
    await harness.decide("reject", "1", "a test account");
    await harness.poll(fresh(["n1", "n2"], "first@x"));
    await harness.carryOut();
    expect(await harness.holds()).toEqual(["rejected too-many-inserts 2"]);
    expect(harness.lane.source).toMatchObject({ held: 2, waiting: 0 });
    await harness.poll(fresh(["n1"], "second@x"));
    expect(await harness.holds()).toEqual(["rejected too-many-inserts 1", "waiting too-many-inserts 1"]);
    await harness.decide("approve", "1", "after all");
    await harness.carryOut();
    expect(await news(harness)).toEqual(["inserted n2 v1"]);
    expect(await harness.store.hold("1", 1)).toMatchObject({ decidedBy: "ann", note: "after all" });
  });

  it("is not forgotten when the answer to the commit of its newer document is lost", async () => {
    const harness = await holding(["n1"]);
    harness.store.failNext("commit", lost, { applied: false });
    await harness.poll(fresh(["n1"], "second@x"));
    await harness.poll(fresh(["n1"], "second@x"));
    await harness.decide("approve", "1");
    await harness.carryOut();
    expect(await published(harness, "n1")).toBe("second@x");
  });

  it("counts every observation of it once: held", async () => {
    const harness = await holding(["n1"]);
    const counted: string[] = [];
    harness.ports.metrics = {
      ...harness.ports.metrics,
      observations: (_source, outcome, count) => void (count > 0 && counted.push(`${count} ${outcome}`)),
    };
    await harness.poll([seen("n1", { email: "a@x" }), seen("n1"), { id: "n1", present: true }, seen("n2")]);
    expect(counted).toEqual(["4 held"]);
  });
});

describe("an approved hold of inserts", () => {
  it("is published in slices, without a look-up, whatever the limit, and takes nothing from the allowance of the day", async () => {
    const harness = await small();
    await harness.poll(fresh(manyIds(250)));
    await harness.decide("approve", "1", "the new school");
    await harness.carryOut();
    expect(await news(harness)).toEqual(manyIds(250).map((id) => `inserted ${id} v1`));
    expect(harness.script.asked.ids).toEqual([]);
    expect(harness.lane.source.population).toBe(252);
    await harness.poll(fresh(["n1", "n2", "n3"]));
    expect(await harness.holds()).toEqual([]);
    await harness.poll(fresh(["n4"]));
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 1"]);
  });

  it("gives way to a due poll between slices; what that poll sees of the rest is newest", async () => {
    const harness = await small();
    await harness.poll(fresh(manyIds(150)));
    await harness.decide("approve", "1");
    harness.lane.pollDueAtMs = 0;
    await harness.carryOut();
    expect(await news(harness)).toHaveLength(100);
    await harness.poll([seen("a000", { email: "new@x" }), seen("a120", { email: "new@x" }), gone("a121")]);
    await harness.carryOut();
    expect(await harness.holds()).toEqual([]);
    expect(await harness.events()).toHaveLength(2 + 149 + 1);
    expect(await published(harness, "a000")).toBe("new@x");
    expect(await published(harness, "a120")).toBe("new@x");
    expect((await news(harness)).filter((event) => event.includes("a121"))).toEqual([]);
  });

  it.each([true, false])(
    "survives a lost answer between its slices (carried out: %s), and a restart",
    async (applied) => {
      const harness = await small();
      await harness.poll(fresh(manyIds(250)));
      await harness.decide("approve", "1");
      let commits = 0;
      const commit = harness.store.commit;
      harness.ports.store.commit = async (step) => {
        commits += 1;
        if (commits === 2) harness.store.failNext("commit", lost, { applied });
        return commit(step);
      };
      await harness.carryOut();
      expect(harness.lane.source.failures).toBe(1);
      await harness.restart();
      await harness.carryOut();
      expect(await news(harness)).toEqual(manyIds(250).map((id) => `inserted ${id} v1`));
      expect(harness.lane.source).toMatchObject({ population: 252, held: 0 });
    },
  );

  it("changes nothing for a process that has lost the shard", async () => {
    const harness = await small();
    await harness.poll(fresh(manyIds(5)));
    await harness.decide("approve", "1");
    await harness.takeOver();
    await harness.carryOut();
    expect(await news(harness)).toEqual([]);
    expect(await harness.holds()).toEqual(["approved too-many-inserts 5"]);
  });
});
