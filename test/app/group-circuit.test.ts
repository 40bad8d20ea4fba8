import { expect, test } from "vitest";
import { runWorker } from "../../src/app/run-worker.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import { RetryableError, SourceHaltedError } from "../../src/core/errors.ts";
import type { Source } from "../../src/ports/store.ts";
import { laneHarness, sourceConfig } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";
import { retention } from "../support/retention.ts";

const unavailable = () => new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502");
const refused = () => new SourceHaltedError("TIDEMARK_UPSTREAM_UNAUTHORIZED", "401");

/**
 * A worker with sources of one group, and one without; what each pass comes to is the test's to say.
 * @param chance Which part of the longest pause the circuit takes after a failure, and which the source.
 */
async function working({
  group = "hr",
  chance = [0.5, 0.5],
}: { group?: string | null; chance?: number[] } = {}) {
  const names = ["a", "b", "c", "d"];
  const harness = await laneHarness({ name: "alone", everyMs: 10_000, lookBack: null });
  const { clock, store, ports } = harness;
  await store.releaseShards({ workerId: "me", leases: [{ shard: 0, term: harness.shard.term }] });
  const config = (name: string, settings = {}) =>
    sourceConfig({ name, group, everyMs: 10_000, sweepEveryMs: 360_000_000, settings });
  await store.applySources(names.map((name) => config(name)));
  const asked: string[] = [];
  let trouble: (source: Source) => Error | null = () => null;
  const { upstreamOf } = ports;
  /** The circuit asks first. */
  let fractions: number[] = [];
  ports.random = { ...ports.random, fraction: () => fractions.shift() ?? 0.5 };
  ports.upstreamOf = (source, ...rest) => {
    asked.push(source.name);
    const error = trouble(source);
    fractions = error === null ? [] : [...chance];
    if (error !== null) throw error;
    return upstreamOf(source, ...rest);
  };
  const settings = { prefix: "tidemark", shardCount: 1, partitions: 3, allowWeakDurability: true };
  const publication = {
    topics: topicBook(settings, ports),
    journalId: store.state.installation?.journalId ?? "",
  };
  const identity = { id: "w", host: "test", version: "0" };
  const worker = runWorker({ worker: identity, shardCount: 1, publication, ...retention }, ports);
  return {
    ...harness,
    worker,
    config,
    /** From now on, passes come to this. */
    be(next: typeof trouble) {
      trouble = next;
    },
    /** Which sources of the group have turns within this time. */
    async turnsIn(seconds: number) {
      asked.length = 0;
      for (let second = 0; second < seconds; second += 1) await clock.advance(1_000);
      return asked.filter((name) => name !== "alone");
    },
    asked: () => asked,
    states: async () =>
      Object.fromEntries((await store.loadSources([0])).map(({ name, state }) => [name, state])),
    isOpen: () => worker.gauges().circuits.map((circuit) => circuit.isOpen),
    async [Symbol.asyncDispose]() {
      worker.stop();
      await clock.advance(3_000);
      await worker.ended;
    },
  };
}

test("an upstream that is down is tried by one source of the group at a time, the oldest attempt first", async () => {
  await using group = await working();
  await group.turnsIn(12);
  group.be(({ name }) => (name === "alone" ? null : unavailable()));
  await group.turnsIn(30);
  expect(group.isOpen()).toEqual([true]);
  const turnsMeanwhile = await group.turnsIn(450);
  expect(group.asked().filter((name) => name === "alone").length).toBeGreaterThanOrEqual(44);
  expect(turnsMeanwhile.length).toBeLessThan(12);
  expect(new Set(turnsMeanwhile), "the oldest attempt comes first").toEqual(new Set(["a", "b", "c", "d"]));
});

test("when the upstream is back, those that had failed wait no longer", async () => {
  await using group = await working({ chance: [0.01, 0.99] });
  await group.turnsIn(12);
  group.be(({ name }) => (name === "alone" ? null : unavailable()));
  await group.turnsIn(450);
  group.be(() => null);
  let turns: string[] = [];
  while (turns.length === 0) turns = await group.turnsIn(1);
  turns = [...turns, ...(await group.turnsIn(2))];
  expect(group.isOpen()).toEqual([false]);
  expect(turns.sort(), "the others wait no longer").toEqual(["a", "b", "c", "d"]);
});

test("the others go on with the first page of the one that tries, however long its pass takes", async () => {
  await using group = await working();
  await group.turnsIn(12);
  group.be(({ name }) => (name === "alone" ? null : unavailable()));
  await group.turnsIn(30);
  group.be(({ name }) => (name === "alone" ? unavailable() : null));
  let end = () => {};
  const hasEnded = new Promise<void>((resolve) => (end = resolve));
  const pages = ["x", "y", "z"].map((id, index) => ({ observations: [seen(id)], cursor: index }));
  group.script.polls.push({ pages, before: (index) => (index === 2 ? hasEnded : undefined) });
  expect(new Set(await group.turnsIn(60)).size).toBe(4);
  end();
});

test("when the one that tries fails for a reason of its own, another one tries", async () => {
  await using group = await working();
  await group.turnsIn(12);
  group.be(({ name }) => (name === "alone" ? null : unavailable()));
  await group.turnsIn(30);
  const hour = { retryAfterMs: 3_600_000 };
  group.be(({ name }) =>
    name === "alone" ? null : new RetryableError("TIDEMARK_UPSTREAM_THROTTLED", "429", hour),
  );
  expect((await group.turnsIn(900)).sort(), "one after another").toEqual(["a", "b", "c", "d"]);
});

test("sources without a group have nothing to do with each other", async () => {
  await using sources = await working({ group: null });
  sources.be(({ name }) => (name === "d" ? null : unavailable()));
  expect((await sources.turnsIn(120)).filter((name) => name === "d").length).toBeGreaterThan(10);
  expect(sources.isOpen()).toEqual([]);
});

test("a credential that is refused halts one source, is tried by one other, and then by nobody", async () => {
  await using group = await working();
  await group.turnsIn(12);
  group.be(({ name }) => (name === "alone" ? null : refused()));
  expect((await group.turnsIn(60)).length, "and those under way at once").toBeLessThanOrEqual(4);
  expect(await group.turnsIn(600)).toEqual([]);
  const states = Object.values(await group.states());
  expect(states.filter((state) => state === "halted")).toHaveLength(1);
  expect(group.isOpen()).toEqual([true]);
});

test("when a person has put it right and resumed the halted source, all go on", async () => {
  await using group = await working();
  await group.turnsIn(12);
  group.be(({ name }) => (name === "alone" ? null : refused()));
  await group.turnsIn(60);
  const [halted = ""] = Object.entries(await group.states()).find(([, state]) => state === "halted") ?? [];

  await group.store.askIntent({ source: halted, verb: "resume", actor: "ann" });
  expect(await group.turnsIn(60), "it is still wrong").toEqual([halted]);
  expect((await group.states())[halted]).toBe("halted");

  group.be(() => null);
  await group.store.askIntent({ source: halted, verb: "resume", actor: "ann" });
  const turns = await group.turnsIn(5);
  expect(turns[0]).toBe(halted);
  expect([...turns].sort()).toEqual(["a", "b", "c", "d"]);
  expect(Object.values(await group.states())).toEqual(Array(5).fill("running"));
});

test("changed settings are tried, and let the others go on", async () => {
  await using group = await working();
  await group.turnsIn(12);
  group.be(({ name }) => (name === "alone" ? null : refused()));
  await group.turnsIn(60);
  group.be(() => null);
  expect(await group.turnsIn(60), "nobody knows").toEqual([]);
  await group.store.applySources([group.config("c", { key: "new" })]);
  const turns = await group.turnsIn(30);
  expect(turns[0]).toBe("c");
  expect(new Set(turns).size).toBeGreaterThanOrEqual(3);
});

test("sources that are added with a wrong credential keep nobody from theirs", async () => {
  await using group = await working();
  await group.turnsIn(12);
  group.be(({ name }) => (name.startsWith("wrong") ? refused() : null));
  await group.store.applySources([group.config("wrong1"), group.config("wrong2")]);
  const turns = await group.turnsIn(60);
  expect(turns.filter((name) => name.startsWith("wrong")).sort()).toEqual(["wrong1", "wrong2"]);
  expect(turns.filter((name) => name === "a").length).toBeGreaterThanOrEqual(5);
  expect(await group.states()).toMatchObject({ wrong1: "halted", wrong2: "halted", a: "running" });
});
