import { describe, expect, it } from "vitest";
import { type OwnedShard, ownedShard } from "../../src/app/owned-shard.ts";
import { publishShard } from "../../src/app/publish-shard.ts";
import { type JournalReplays, replayJournal } from "../../src/app/replay-journal.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import type { AskedReplay } from "../../src/ports/store.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { seen } from "../support/scripted-connector.ts";

/** More than two slices. */
const accounts = Array.from({ length: 1_200 }, (_, index) => `a${index}`);

type AskedOfJournal = Extract<AskedReplay, { kind: "journal" }>;

/** A shard with 1,200 events in its journal, all published, and a topic for copies. */
async function journalled() {
  const harness = await laneHarness({ insertLimit: 100_000 });
  const { store, kafka, clock, shard, ports, lane, script } = harness;
  const settings = { prefix: "tidemark", shardCount: 1, partitions: 3, allowWeakDurability: true };
  /** What a process knows of the topics, which is nothing at first. */
  const newProcess = () => ({
    topics: topicBook(settings, ports),
    journalId: store.state.installation?.journalId ?? "",
  });
  const publication = newProcess();
  const failures: unknown[] = [];
  const workers: Promise<void>[] = [];

  const publish = (of: OwnedShard = shard, as = publication) => {
    const work = publishShard(of, as, ports).catch((error: unknown) => void failures.push(error));
    workers.push(work);
  };
  const replay = (of: OwnedShard = shard): JournalReplays => {
    const replays = replayJournal(of, publication, ports, (error) => void failures.push(error));
    replays.notice();
    return replays;
  };
  const poll = async (...ids: string[]) => {
    const cursor = Number(lane.source.cursor ?? 0) + 1;
    const observations = ids.map((id) => seen(id, { email: `${cursor}@x` }));
    script.polls.push({ pages: [{ observations, cursor }] });
    await takeTurn(lane, "poll", ports);
  };
  const go = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      await clock.advance(250);
      await settled();
    }
  };
  const ask = async (different: Partial<AskedOfJournal> = {}): Promise<string> => {
    const outcome = await store.startReplay({
      kind: "journal",
      actor: "test",
      pace: null,
      source: null,
      from: { shard: 0, seq: "1" },
      until: null,
      accountId: null,
      ops: null,
      topic: "copy",
      ...different,
    });
    if ("kind" in outcome) throw new Error(`refused: ${outcome.kind}`);
    return outcome.id;
  };
  const createTopic = (name: string, compacted = false) =>
    kafka.brokers.ensureTopics({
      topics: [{ name, partitions: 3, compacted }],
      existing: [],
      allowWeakDurability: true,
    });

  await createTopic("copy");
  publish();
  await poll(...accounts);
  await go(500);
  return {
    ...harness,
    failures,
    newProcess,
    publish,
    replay,
    poll,
    go,
    ask,
    createTopic,
    /** The original numbers of what a replay has written, in the journal's order. */
    replayed: async () => (await harness.journal()).flatMap((row) => row.replay?.originSeq ?? []),
    /** The numbers of what is in a topic, in its order. */
    published: (topic: string) => kafka.records(topic).map(({ headers }) => Number(headers["tidemark-seq"])),
    async stop() {
      shard.release();
      await clock.advance(1_000);
      await Promise.all(workers);
      expect(failures).toEqual([]);
    },
  };
}

const originals = accounts.map((_, index) => String(index + 1));
const copies = accounts.map((_, index) => accounts.length + index + 1);

describe("a replay of the journal", { timeout: 30_000 }, () => {
  it("brings every event once more, in order, under its own number, and says which it was", async () => {
    const test = await journalled();
    const id = await test.ask();
    test.replay();
    await test.go(2_000);
    await test.stop();
    expect(await test.replayed()).toEqual(originals);
    expect(test.published("copy").sort((a, b) => a - b)).toEqual(copies);
    const first = test.kafka.records("tidemark.scripted.accounts").find(({ key }) => key === "acme/a0");
    const again = test.kafka.records("copy").find(({ key }) => key === "acme/a0");
    const { "tidemark-seq": _seq, "tidemark-batch": _batch, ...same } = first?.headers ?? {};
    expect(again).toMatchObject({ key: first?.key, value: first?.value });
    expect(again?.headers).toMatchObject({ ...same, "tidemark-replay": `${id}/0:1`, "tidemark-seq": "1201" });
    expect(await test.store.replay(id)).toMatchObject({ state: "done", done: 1_200, expected: 1_200 });
    expect(await test.store.loadSource(1)).toMatchObject({ population: 1_200 });
  });

  it.each([
    ["openReplays", false],
    ["replaySlice", false],
    ["replaySlice", true],
    ["pinnedTopics", false],
    ["pinTopic", true],
  ] as const)("is exactly once when %s fails (applied: %s), at every call", async (operation, applied) => {
    for (const spared of [0, 1, 2]) {
      const test = await journalled();
      await test.ask();
      const original = test.ports.store[operation];
      const lost = () => new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "lost");
      let calls = 0;
      Object.assign(test.ports.store, {
        [operation]: (...given: never[]) => {
          if (calls++ === spared) test.store.failNext(operation, lost(), { applied });
          return (original as (...args: never[]) => unknown)(...given);
        },
      });
      test.replay();
      await test.go(5_000);
      await test.stop();
      expect(await test.replayed()).toEqual(originals);
      expect(test.published("copy").sort((a, b) => a - b)).toEqual(copies);
    }
  });

  it.each(["publish", "answer"] as const)("is exactly once when Kafka's %s fails", async (failure) => {
    const test = await journalled();
    await test.ask();
    test.kafka.failNext(failure, failure);
    test.replay();
    await test.go(5_000);
    await test.stop();
    expect(test.published("copy").sort((a, b) => a - b)).toEqual(copies);
  });

  it("goes on under the next owner where the last one was, and the last one stops", async () => {
    const test = await journalled();
    await test.ask({ pace: 1_000 });
    const replays = test.replay();
    await test.go(500);
    const before = (await test.replayed()).length;
    expect(before).toBeGreaterThan(0);
    const leases = [{ shard: 0, term: test.shard.term }];
    await test.store.releaseShards({ workerId: "me", leases });
    await test.store.acquireShards({ workerId: "other", limit: 1, ttlMs: 15_000 });
    await test.go(250);
    await replays.rest();
    expect(test.shard.signal.aborted).toBe(true);
    const half = (await test.replayed()).length;
    expect(half).toBeLessThan(1_200);
    const term = String(test.store.state.shards.get(0)?.term);
    const timing = { ...leaseTiming, stopAfterMs: Number.POSITIVE_INFINITY };
    const next = ownedShard({ shard: 0, term }, test.clock, timing, test.clock.monotonicMs());
    test.publish(next);
    test.replay(next);
    await test.go(5_000);
    next.release();
    await test.stop();
    expect(await test.replayed()).toEqual(originals);
    expect(test.published("copy").sort((a, b) => a - b)).toEqual(copies);
  });

  it("the next owner publishes to its topic what was written and not published, also when the replay is over", async () => {
    const test = await journalled();
    test.shard.release();
    await test.go(250);
    await test.ask({ from: { shard: 0, seq: "1190" }, ops: ["inserted"], accountId: "a1195" });
    const timing = { ...leaseTiming, stopAfterMs: Number.POSITIVE_INFINITY };
    const { term } = test.shard;
    const own = () => ownedShard({ shard: 0, term }, test.clock, timing, test.clock.monotonicMs());
    await test.replay(own()).rest();
    expect(await test.replayed()).toEqual(["1196"]);
    expect(test.published("copy")).toEqual([]);
    const next = own();
    test.publish(next, test.newProcess());
    await test.go(500);
    expect(test.published("copy")).toEqual([1_201]);
    expect(test.log.lines.filter(({ message }) => message === "publish.failed")).toEqual([]);
    next.release();
    await test.stop();
  });

  it("writes no more than two slices while nothing is published, so that live events keep their place", async () => {
    const test = await journalled();
    await test.ask();
    test.kafka.failNext(...Array.from({ length: 3 }, () => "publish" as const));
    test.ports.publishers.forShard = () => {
      throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "away");
    };
    test.replay();
    await test.go(5_000);
    expect((await test.replayed()).length).toBe(1_000);
    await test.poll("live");
    expect((await test.journal()).at(-1)).toMatchObject({ accountId: "live", seq: "2201" });
    await test.stop();
  });

  it("waits for Kafka without asking again and again, and goes on as soon as something is published", async () => {
    const test = await journalled();
    await test.ask();
    const { forShard } = test.ports.publishers;
    test.kafka.failNext("publish");
    test.ports.publishers.forShard = () => {
      throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "away");
    };
    const { sleep } = test.clock;
    let sleeps = 0;
    test.clock.sleep = (...given) => {
      sleeps += 1;
      return sleep(...given);
    };
    test.replay();
    await test.go(1_000);
    expect((await test.replayed()).length).toBe(1_000);
    sleeps = 0;
    await test.go(60_000);
    // Once a second, and the publisher's own tries.
    expect(sleeps).toBeLessThan(90);
    test.shard.journal.published(2_200n, test.clock.now());
    await settled();
    expect((await test.replayed()).length).toBe(1_200);
    test.ports.publishers.forShard = forShard;
    await test.go(60_000);
    await test.stop();
    expect(test.published("copy").sort((a, b) => a - b)).toEqual(copies);
  });

  it("live events come in between, each at its place", async () => {
    const test = await journalled();
    await test.ask({ pace: 400 });
    test.replay();
    for (const id of ["x", "y", "z"]) {
      await test.go(500);
      await test.poll(id, "a0");
    }
    await test.go(5_000);
    await test.stop();
    expect(await test.replayed()).toEqual(originals);
    const live = (await test.journal()).slice(1_200).filter(({ replay }) => replay === undefined);
    expect(live.map(({ accountId, version }) => [accountId, version])).toEqual([
      ["x", 1],
      ["a0", 2],
      ["y", 1],
      ["a0", 3],
      ["z", 1],
      ["a0", 4],
    ]);
    expect(live.map(({ seq }) => Number(seq) < 2_400)).toContain(true);
    const numbers = [...test.published("tidemark.scripted.accounts"), ...test.published("copy")];
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 2_406 }, (_, index) => index + 1));
  });

  it("keeps to its pace, evenly, and a replay without one does not wait for it", async () => {
    const test = await journalled();
    const slow = await test.ask({ pace: 100 });
    const replays = test.replay();
    const done = async (id: string) => (await test.store.replay(id))?.done ?? 0;
    await test.go(1_000);
    expect(await done(slow)).toBeGreaterThanOrEqual(75);
    expect(await done(slow)).toBeLessThanOrEqual(125);
    await test.go(4_000);
    expect(await done(slow)).toBeGreaterThanOrEqual(475);
    expect(await done(slow)).toBeLessThanOrEqual(525);
    const fast = await test.ask();
    replays.notice();
    await test.go(2_000);
    expect(await done(fast)).toBe(1_200);
    expect(await done(slow)).toBeLessThanOrEqual(725);
    await test.stop();
  });

  it("stops when it is paused, goes on when it is resumed, and ends when it is cancelled", async () => {
    const test = await journalled();
    const id = await test.ask({ pace: 400 });
    const replays = test.replay();
    await test.go(1_000);
    expect(await test.store.steerReplay(id, "pause")).toBe(true);
    await test.go(1_000);
    const paused = (await test.replayed()).length;
    await test.go(2_000);
    expect((await test.replayed()).length).toBe(paused);
    expect(paused).toBeLessThan(600);
    await test.store.steerReplay(id, "resume");
    replays.notice();
    await test.go(1_000);
    const more = (await test.replayed()).length;
    expect(more).toBeGreaterThan(paused);
    await test.store.steerReplay(id, "cancel");
    await test.go(3_000);
    expect(await test.store.replay(id)).toMatchObject({ state: "cancelled" });
    expect((await test.replayed()).length).toBeLessThan(more + 200);
    await test.stop();
  });

  it.each([
    ["a topic that is not there", "typo", "does not exist, and a replay creates none"],
    ["a compacted topic", "compacted", "an old event would outlive a newer one"],
  ])("into %s fails and says why, with nothing written", async (_what, topic, why) => {
    const test = await journalled();
    await test.createTopic("compacted", true);
    const id = await test.ask({ topic });
    test.replay();
    await test.go(1_000);
    const replay = await test.store.replay(id);
    expect(replay?.state).toBe("failed");
    expect(replay?.detail).toContain(why);
    expect(await test.replayed()).toEqual([]);
    await expect(test.kafka.brokers.logEnd("typo", 0)).rejects.toThrow("gone");
    await test.stop();
  });

  it("fails when what it would take next has left the journal", async () => {
    const test = await journalled();
    const id = await test.ask({ pace: 100 });
    test.replay();
    await test.go(1_000);
    const shard = test.store.state.shards.get(0);
    if (shard !== undefined) shard.journal = shard.journal.filter(({ seq }) => BigInt(seq) > 700n);
    await test.go(2_000);
    expect(await test.store.replay(id)).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("has left the journal before it was replayed") as string,
    });
    await test.stop();
  });
});
