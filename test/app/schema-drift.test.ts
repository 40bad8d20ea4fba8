import { describe, expect, it } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { Observation } from "../../src/core/account.ts";
import { RetryableError } from "../../src/core/errors.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Source } from "../../src/ports/store.ts";
import { type HoldHarness, gone, holdHarness, manyIds } from "../support/hold-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");

const having = (id: string, attributes: JsonObject): Observation => seen(id, { attributes });

/** A source that is loaded with two accounts which have a department and a level. */
async function loaded(drift: Source["drift"], ids: readonly string[] = ["a", "b"]): Promise<HoldHarness> {
  const harness = await holdHarness([], { drift });
  Object.assign(harness.store.state.sources.get(1) ?? {}, { isLoaded: false });
  await harness.restart();
  await harness.poll(ids.map((id) => having(id, { department: "x", level: 1 })));
  return harness;
}

/** What the log has told of drift. */
function told({ log }: HoldHarness): string[] {
  return (log.lines as readonly { message: string; fields: Record<string, string> }[])
    .filter(({ message }) => message === "schema.drift")
    .map(({ fields: { path, was, is, account } }) => `${path}: ${was} → ${is}, ${account}`);
}

const news = async (harness: HoldHarness) => (await harness.events()).slice(2);

describe("documents with members or types that none had before", () => {
  it("are no drift while the source is being loaded", async () => {
    const harness = await loaded("warn");
    expect(told(harness)).toEqual([]);
    expect(await harness.store.shape(1)).toEqual({
      types: ["object"],
      members: { department: { types: ["string"] }, level: { types: ["number"] } },
    });
  });

  it("are published and told once for each path, with an example and never a value; then they are known", async () => {
    const harness = await loaded("warn");
    let counted = 0;
    harness.ports.metrics = { ...harness.ports.metrics, schemaDrift: () => void (counted += 1) };
    await harness.poll([
      having("a", { department: "x", level: "secret", tags: ["secret"] }),
      having("c", { level: "other" }),
    ]);
    expect(await news(harness)).toEqual(["updated a v2", "inserted c v1"]);
    expect(told(harness)).toEqual([
      "attributes.level: number → string, a",
      "attributes.tags: null → array, a",
      "attributes.tags.*: null → string, a",
    ]);
    expect(JSON.stringify(harness.log.lines)).not.toContain("secret");
    expect(counted).toBe(3);
    await harness.poll([having("b", { level: "3", tags: ["y"] })]);
    await harness.restart();
    await harness.poll([having("b", { level: "4", tags: ["z"] })]);
    expect(told(harness)).toHaveLength(3);
  });

  it("are looked for in what changes only", async () => {
    const harness = await loaded("warn");
    harness.store.state.shapes.set(1, { types: ["object"], members: { level: { types: ["number"] } } });
    await harness.restart();
    await harness.poll([having("a", { department: "x", level: 1 })]);
    expect(told(harness)).toEqual([]);
    await harness.poll([having("a", { department: "y", level: 1 })]);
    expect(told(harness)).toEqual(["attributes.department: null → string, a"]);
  });

  it("are told again when the commit was lost, and not when only its answer was", async () => {
    for (const applied of [false, true]) {
      const harness = await loaded("warn");
      harness.store.failNext("commit", lost, { applied });
      await harness.poll([having("a", { title: "Dr" })]);
      await harness.poll([having("a", { title: "Prof" })]);
      expect(told(harness)).toEqual(applied ? [] : ["attributes.title: null → string, a"]);
      expect(JSON.stringify(await harness.store.shape(1))).toContain("title");
    }
  });

  it("of a page that was read ahead and thrown away are forgotten with it", async () => {
    const harness = await loaded("warn");
    const pages = ["c", "d"].map((id) => ({ observations: [having(id, { [id]: 1 })], cursor: id }));
    harness.script.sweeps.push({ pages });
    const { commit } = harness.store;
    harness.ports.store.commit = async (step) => {
      harness.lane.pollDueAtMs = 0;
      return commit(step);
    };
    await takeTurn(harness.lane, "sweep", harness.ports);
    expect(told(harness)).toEqual(["attributes.c: null → number, c"]);
    await harness.poll([having("d", { d: 1 })]);
    expect(told(harness)).toEqual(["attributes.c: null → number, c", "attributes.d: null → number, d"]);
  });

  it("are not looked at where the operator says so, and nothing is remembered", async () => {
    const harness = await loaded("ignore");
    await harness.poll([having("a", { title: "Dr" })]);
    expect(await harness.store.shape(1)).toBeNull();
    expect(told(harness)).toEqual([]);
  });

  it("are told by what the stored accounts have, of a source that was loaded before anybody looked", async () => {
    const harness = await loaded("ignore");
    Object.assign(harness.store.state.sources.get(1) ?? {}, { drift: "warn" });
    await harness.restart();
    await harness.poll([having("a", { department: "x", level: 2, title: "Dr" })]);
    expect(told(harness)).toEqual(["attributes.title: null → string, a"]);
    expect(JSON.stringify(await harness.store.shape(1))).toContain("department");
  });
});

describe("where documents with drift are held", () => {
  it("they wait with what is newest of them, accounts keep their state, and everything else goes on", async () => {
    const harness = await loaded("hold");
    await harness.poll([
      having("a", { department: "x", level: "1", title: "Dr" }),
      having("b", { department: "y", level: 1 }),
      having("c", { department: "z" }),
      having("d", { title: "Dr" }),
    ]);
    expect(await news(harness)).toEqual(["updated b v2", "inserted c v1"]);
    expect(await harness.holds()).toEqual(["waiting schema-drift 2"]);
    expect((await harness.store.holds())[0]?.detail).toBe(
      "documents have members or types that none had before: attributes.level (string, was number), attributes.title (string, new)",
    );
    await harness.poll([having("d", { title: "Prof" }), { id: "a", present: true }]);
    expect(await harness.holds()).toEqual(["waiting schema-drift 2"]);
    expect(told(harness)).toEqual([
      "attributes.level: number → string, a",
      "attributes.title: null → string, a",
    ]);

    await harness.decide("approve", "1", "the new form");
    await harness.carryOut();
    expect((await news(harness)).slice(2)).toEqual(["updated a v2", "inserted d v1"]);
    expect((await harness.journal()).at(-1)?.value).toContain('"title":"Prof"');
    expect(await harness.holds()).toEqual([]);
    await harness.poll([having("b", { level: "9", title: "Mr" })]);
    expect((await news(harness)).slice(4)).toEqual(["updated b v3"]);
    expect(told(harness)).toHaveLength(2);
  });

  it("an account leaves the hold when its document fits again, or is what it was", async () => {
    const harness = await loaded("hold");
    await harness.poll([having("a", { title: "Dr" }), having("b", { title: "Dr" })]);
    await harness.poll([
      having("a", { department: "y", level: 2 }),
      having("b", { department: "x", level: 1 }),
    ]);
    expect(await harness.holds()).toEqual([]);
    expect(await news(harness)).toEqual(["updated a v2"]);
  });

  it("an account that is gone is deleted all the same: by a tombstone, and by a sweep", async () => {
    const harness = await loaded("hold");
    await harness.poll([
      having("a", { title: "Dr" }),
      having("b", { title: "Dr" }),
      having("c", { title: "Dr" }),
    ]);
    await harness.poll([gone("a")]);
    await harness.sweep(["x"]);
    expect((await news(harness)).filter((event) => event.startsWith("deleted"))).toEqual([
      "deleted a v2",
      "deleted b v2",
    ]);
    expect(await harness.holds()).toEqual([]);
  });

  it("its delete waits instead, where there are too many of them", async () => {
    const harness = await loaded("hold");
    Object.assign(harness.store.state.sources.get(1) ?? {}, { deleteLimit: 0 });
    await harness.poll([having("a", { title: "Dr" }), having("b", { title: "Dr" })]);
    await harness.poll([gone("a")]);
    expect(await harness.holds()).toEqual(["waiting schema-drift 1", "waiting too-many-deletes 1"]);
    await harness.sweep(["x"]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 1", "waiting too-many-deletes 1"]);
    await harness.poll([having("a", { title: "Dr" })]);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 1", "waiting schema-drift 1"]);
  });

  it("an approved delete of an account that is back with one of them is no licence to publish it", async () => {
    const harness = await loaded("hold");
    Object.assign(harness.store.state.sources.get(1) ?? {}, { deleteLimit: 0 });
    await harness.restart();
    await harness.poll([gone("a")]);
    harness.script.answers.set("a", having("a", { title: "Dr" }));
    await harness.decide("approve", "1");
    await harness.carryOut();
    expect(await harness.holds()).toEqual(["waiting schema-drift 1"]);
    expect(await news(harness)).toEqual([]);
  });

  it("what was rejected stays as it is until it changes, and then waits anew", async () => {
    const harness = await loaded("hold");
    await harness.poll([having("a", { title: "Dr" }), having("b", { title: "Dr" })]);
    await harness.decide("reject", "1");
    await harness.poll([having("a", { title: "Dr" }), having("b", { title: "Prof" })]);
    expect(await harness.holds()).toEqual(["rejected schema-drift 1", "waiting schema-drift 1"]);
    expect(await news(harness)).toEqual([]);
  });

  it("a flood of them is held once, for what is new in them", async () => {
    const harness = await loaded("hold");
    Object.assign(harness.store.state.sources.get(1) ?? {}, { insertLimit: 1 });
    await harness.restart();
    await harness.poll([
      ...manyIds(3).map((id) => having(id, { title: "Dr" })),
      having("n1", { level: 1 }),
      having("n1", { title: "Dr" }),
      having("n2", { level: 1 }),
    ]);
    expect(await harness.holds()).toEqual(["waiting schema-drift 4", "waiting too-many-inserts 1"]);
  });
});
