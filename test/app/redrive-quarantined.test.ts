import { describe, expect, it } from "vitest";
import { carryOutIntents } from "../../src/app/carry-out-intents.ts";
import { refreshLane, turnOf } from "../../src/app/lane.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { Observation, RejectedItem } from "../../src/core/account.ts";
import { RetryableError, SourceHaltedError } from "../../src/core/errors.ts";
import type { SourceConfig } from "../../src/ports/store.ts";
import { gone, type HoldHarness, holdHarness, manyIds } from "../support/hold-harness.ts";
import { sourceConfig } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");
const bad = (accountId: string): RejectedItem => ({
  raw: { id: accountId, email: "old@x" },
  accountId,
  reason: "odd",
});
const nameless: RejectedItem = { raw: { email: "old@x" }, reason: "the item has no id" };

/** A loaded source with these items in quarantine. */
async function quarantining(
  rejected: readonly RejectedItem[],
  accounts: readonly string[] = ["known"],
  changes: Partial<SourceConfig> = {},
): Promise<HoldHarness> {
  const harness = await holdHarness(accounts, { rejectLimit: 1_000, ...changes });
  await page(harness, "poll", [], rejected);
  return harness;
}

/** One turn of one page. */
async function page(
  { script, lane, ports }: HoldHarness,
  kind: "poll" | "sweep",
  observations: Observation[],
  rejected: readonly RejectedItem[] = [],
): Promise<void> {
  const pages = [{ observations, rejected: [...rejected], cursor: `after ${script.asked.polls.length}` }];
  (kind === "poll" ? script.polls : script.sweeps).push({ pages });
  await takeTurn(lane, kind, ports);
}

/** Asks for it, and has it carried out as the worker does. @returns the intent. */
async function ask(harness: HoldHarness, verb: "redrive" | "discard", item: string | null = null) {
  const { store, lane, shard, ports, clock } = harness;
  const id =
    (await store.askIntent({ source: "acme", verb, actor: "ann", quarantine: { item, note: null } })) ?? "";
  const lanes = new Map([[lane.source.id, lane]]);
  await carryOutIntents(
    new Map([[0, { shard, lanes, refresh() {}, forget() {}, track() {}, rest: async () => {} }]]),
    ports,
  );
  const source = await store.loadSource(lane.source.id);
  if (source !== null && !lane.isBusy) refreshLane(lane, source, clock);
  return id;
}

const redrive = ({ lane, ports }: HoldHarness) => takeTurn(lane, "redrive", ports);
const turn = ({ lane, clock }: HoldHarness) => turnOf(lane, clock.monotonicMs());
/** Accounts in quarantine, as often as they have items. */
const quarantined = async ({ store }: HoldHarness) =>
  (await store.quarantined({ source: null, limit: 1_000 })).items.map(({ accountId }) => accountId);

describe("a redrive", () => {
  it("looks accounts up anew, and never applies what was read long ago", async () => {
    const harness = await quarantining([bad("known"), bad("new"), bad("left"), nameless]);
    harness.script.answers.set("known", seen("known", { email: "now@x" }));
    harness.script.answers.set("new", seen("new", { email: "now@x" }));
    expect(turn(harness)).toBeNull();
    const intent = await ask(harness, "redrive");
    expect(await harness.store.redriveProgress(intent)).toEqual({ waiting: 3, stay: 0, unidentified: 1 });
    // Before the sweep, which is all that can be done for what has no id.
    expect(turn(harness)).toBe("redrive");
    await redrive(harness);
    expect(harness.script.asked.ids).toEqual([["known", "left", "new"]]);
    expect(await harness.events()).toEqual(["inserted known v1", "updated known v2", "inserted new v1"]);
    expect((await harness.journal()).map(({ value }) => value).join()).not.toContain("old@x");
    expect(await quarantined(harness)).toEqual([null]);
    expect(harness.lane.source.quarantined).toBe(1);
    expect(turn(harness)).toBe("sweep");
  });

  it("keeps what is not understood again with the newest reason, and what the upstream cannot tell", async () => {
    const harness = await quarantining([bad("odd"), bad("silent"), bad("shadow")]);
    const { upstreamOf } = harness.ports;
    harness.ports.upstreamOf = (...asked) => {
      const upstream = upstreamOf(...asked);
      const get = async () => ({
        observations: [{ id: "shadow", present: true as const }],
        rejected: [{ ...bad("odd"), reason: "odder" }],
      });
      return { ...upstream, connector: { ...upstream.connector, get } };
    };
    const intent = await ask(harness, "redrive");
    await redrive(harness);
    expect(await harness.store.redriveProgress(intent)).toEqual({ waiting: 0, stay: 3, unidentified: 0 });
    const { items } = await harness.store.quarantined({ source: null, limit: 10 });
    expect(Object.fromEntries(items.map(({ accountId, reason }) => [accountId, reason]))).toEqual({
      odd: "odder",
      silent: "odd",
      shadow: "it exists, but its document cannot be had",
    });
    expect(turn(harness)).toBeNull();
  });

  it("of one item leaves the others alone", async () => {
    const harness = await quarantining([bad("a"), bad("b")]);
    const { items } = await harness.store.quarantined({ source: null, limit: 10 });
    await ask(harness, "redrive", items.find(({ accountId }) => accountId === "b")?.id);
    await redrive(harness);
    expect(harness.script.asked.ids).toEqual([["b"]]);
    expect(await quarantined(harness)).toEqual(["a"]);
  });

  it("of very many that are still not understood does not halt the source", async () => {
    const harness = await quarantining(manyIds(150).map(bad));
    const { upstreamOf } = harness.ports;
    harness.ports.upstreamOf = (...asked) => {
      const upstream = upstreamOf(...asked);
      const get = async (ids: readonly string[]) => ({ observations: [], rejected: ids.map(bad) });
      return { ...upstream, connector: { ...upstream.connector, get } };
    };
    await harness.store.applySources([sourceConfig({ rejectLimit: 0 })]);
    await ask(harness, "redrive");
    await redrive(harness);
    expect(harness.lane.source.state).toBe("running");
    expect(await quarantined(harness)).toHaveLength(150);
    expect(turn(harness)).toBeNull();
  });

  it("gives way to a due poll between slices, and goes on where it was", async () => {
    const harness = await quarantining(manyIds(250).map(bad));
    await ask(harness, "redrive");
    const { commit } = harness.store;
    harness.ports.store.commit = async (step) => {
      if (step.kind === "redrive") harness.lane.pollDueAtMs = 0;
      return commit(step);
    };
    await redrive(harness);
    expect(harness.script.asked.ids.map((ids) => ids.length)).toEqual([100]);
    expect(turn(harness)).toBe("poll");
    await page(harness, "poll", [seen("a150")]);
    expect(turn(harness)).toBe("redrive");
    await redrive(harness);
    expect(turn(harness)).toBe("poll");
    await page(harness, "poll", []);
    await redrive(harness);
    expect(harness.script.asked.ids.map((ids) => ids[0])).toEqual(["a000", "a100", "a201"]);
    expect(await quarantined(harness)).toEqual([]);
  });

  it("is carried on by whoever has the shard after a kill between slices", async () => {
    const harness = await quarantining(manyIds(150).map(bad));
    for (const id of manyIds(150)) harness.script.answers.set(id, seen(id));
    const intent = await ask(harness, "redrive");
    harness.lane.pollDueAtMs = 0;
    await redrive(harness);
    expect(await harness.store.redriveProgress(intent)).toMatchObject({ waiting: 50 });
    await harness.restart();
    expect(turn(harness)).toBe("redrive");
    await redrive(harness);
    expect(harness.script.asked.ids.flat()).toEqual(manyIds(150));
    expect(await quarantined(harness)).toEqual([]);
    expect(harness.lane.source.population).toBe(151);
  });

  it.each([true, false])("survives a lost answer to a commit (carried out: %s)", async (applied) => {
    const harness = await quarantining(manyIds(3).map(bad));
    harness.script.answers.set("a001", seen("a001"));
    await ask(harness, "redrive");
    harness.store.failNext("commit", lost, { applied });
    await redrive(harness);
    expect(turn(harness)).toBeNull();
    await harness.clock.advance(10_000);
    await redrive(harness);
    expect(await quarantined(harness)).toEqual([]);
    expect(await harness.events()).toEqual(["inserted known v1", "inserted a001 v1"]);
  });

  it("changes nothing for a process that has lost the shard", async () => {
    const harness = await quarantining([bad("a")]);
    const intent = await ask(harness, "redrive");
    await harness.takeOver();
    await redrive(harness);
    expect(await harness.store.redriveProgress(intent)).toMatchObject({ waiting: 1 });
  });

  it("waits while its upstream is away or refuses, and while the source is halted", async () => {
    const harness = await quarantining([bad("a")]);
    const intent = await ask(harness, "redrive");
    const { upstreamOf } = harness.ports;
    let error: Error = new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502");
    harness.ports.upstreamOf = (...asked) => {
      const upstream = upstreamOf(...asked);
      return { ...upstream, connector: { ...upstream.connector, get: () => Promise.reject(error) } };
    };
    await redrive(harness);
    expect(harness.lane.redriveDueAtMs).toBeGreaterThan(harness.clock.monotonicMs());
    expect(harness.lane.source).toMatchObject({ state: "running", failures: 1 });
    error = new SourceHaltedError("TIDEMARK_UPSTREAM_UNAUTHORIZED", "401");
    await redrive(harness);
    expect(harness.lane.source.state).toBe("halted");
    await harness.clock.advance(3_600_000);
    expect(turn(harness)).toBeNull();
    expect(await harness.store.redriveProgress(intent)).toMatchObject({ waiting: 1 });
  });

  it("that is asked for while another is under way gets its turn", async () => {
    const harness = await quarantining([bad("a"), bad("b")]);
    const { items } = await harness.store.quarantined({ source: null, limit: 10 });
    const idOf = (accountId: string) => items.find((item) => item.accountId === accountId)?.id ?? "";
    await ask(harness, "redrive", idOf("a"));
    const { upstreamOf } = harness.ports;
    harness.ports.upstreamOf = (...asked) => {
      const upstream = upstreamOf(...asked);
      const get: typeof upstream.connector.get = async (ids, context) => {
        if (ids.includes("a")) await ask(harness, "redrive", idOf("b"));
        return upstream.connector.get(ids, context);
      };
      return { ...upstream, connector: { ...upstream.connector, get } };
    };
    await redrive(harness);
    expect(turn(harness)).toBe("redrive");
    await redrive(harness);
    expect(await quarantined(harness)).toEqual([]);
  });

  it("deletes under the guard: too many that are gone wait for a person, and have left the quarantine", async () => {
    const harness = await quarantining([bad("a000"), bad("a001")], manyIds(3), { deleteLimit: 0 });
    await ask(harness, "redrive");
    await redrive(harness);
    expect(await harness.holds()).toEqual(["waiting too-many-deletes 2"]);
    expect(await harness.deleted()).toEqual([]);
    expect(await quarantined(harness)).toEqual([]);
  });
});

describe("an item leaves the quarantine without being asked for", () => {
  it.each(["poll", "sweep"] as const)("when a %s understands its account, changed or not", async (kind) => {
    const harness = await quarantining([bad("known"), bad("new"), bad("other"), nameless]);
    await page(harness, kind, [seen("known"), seen("new")]);
    expect(await quarantined(harness)).toEqual(expect.arrayContaining(["other", null]));
    expect(await quarantined(harness)).toHaveLength(2);
    expect(await harness.events()).toEqual(["inserted known v1", "inserted new v1"]);
  });

  it("when its account is gone, but not when it merely exists", async () => {
    const harness = await quarantining([bad("known"), bad("left")]);
    await page(harness, "poll", [{ id: "known", present: true }, gone("left")]);
    expect(await quarantined(harness)).toEqual(["known"]);
  });

  it("not by a page that has both an item and an observation of it: nobody knows which is newer", async () => {
    const harness = await quarantining([bad("known")]);
    await page(harness, "poll", [seen("known", { email: "x" })], [bad("known")]);
    expect(await quarantined(harness)).toEqual(["known"]);
  });

  it("also when it came there with the page before", async () => {
    const harness = await quarantining([]);
    harness.script.polls.push({
      pages: [
        { observations: [seen("b")], rejected: [bad("a")], cursor: 1 },
        { observations: [seen("a")], cursor: 2 },
      ],
    });
    await takeTurn(harness.lane, "poll", harness.ports);
    expect(await quarantined(harness)).toEqual([]);
  });
});

it("nothing is asked of the quarantine while it is empty", async () => {
  const harness = await quarantining([]);
  harness.ports.store.quarantinedAmong = () => Promise.reject(new Error("asked"));
  await page(harness, "poll", [seen("new")]);
  expect(harness.lane.source).toMatchObject({ failures: 0, quarantined: 0, population: 2 });
});

it("what was discarded is gone, and not looked up", async () => {
  const harness = await quarantining([bad("a"), nameless]);
  await ask(harness, "redrive");
  await ask(harness, "discard");
  await redrive(harness);
  expect(await quarantined(harness)).toEqual([]);
  expect(harness.script.asked.ids).toEqual([]);
  expect(harness.lane.source.quarantined).toBe(0);
});

it("the operator's limit decides how many items of a pass may be rejected", async () => {
  const harness = await quarantining(manyIds(100).map(bad), [], { rejectLimit: 100 });
  expect(await quarantined(harness)).toHaveLength(100);
  await page(harness, "poll", [], manyIds(101).map(bad));
  expect(harness.lane.source).toMatchObject({
    state: "halted",
    haltedCode: "TIDEMARK_TOO_MANY_QUARANTINED",
  });
});

it("an account whose item a sweep cannot understand is not absent", async () => {
  const harness = await quarantining([], ["a", "b", "c"]);
  await page(harness, "sweep", [seen("a")], [bad("b")]);
  expect(harness.script.asked.ids).toEqual([["c"]]);
  expect(await harness.deleted()).toEqual(["c"]);
});
