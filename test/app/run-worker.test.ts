import { describe, expect, it } from "vitest";
import { runWorker } from "../../src/app/run-worker.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import { RetryableError, SourceHaltedError } from "../../src/core/errors.ts";
import { type LaneHarness, laneHarness, sourceConfig } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { seen } from "../support/scripted-connector.ts";
import { retention } from "../support/retention.ts";

const topic = "tidemark.scripted.accounts";

/** A whole worker on the memory store and the memory Kafka. */
async function working(changes: Parameters<typeof laneHarness>[0] = {}) {
  const harness = await laneHarness({ everyMs: 10_000, sweepEveryMs: 3_600_000, ...changes });
  // The harness took the shard for itself: it is free again.
  await harness.store.releaseShards({ workerId: "me", leases: [{ shard: 0, term: harness.shard.term }] });
  const start = () => {
    const settings = { prefix: "tidemark", shardCount: 1, partitions: 3, allowWeakDurability: true };
    const publication = {
      topics: topicBook(settings, harness.ports),
      journalId: harness.store.state.installation?.journalId ?? "",
    };
    const worker = { id: "w", host: "test", version: "0" };
    return runWorker({ worker, shardCount: 1, publication, ...retention }, harness.ports);
  };
  return { ...harness, start };
}

const published = ({ kafka }: Pick<LaneHarness, "kafka">) =>
  kafka.records(topic).map(({ headers }) => headers["ce_id"] ?? "");

describe("a worker", () => {
  it("polls what is due, publishes it, and drains when it is stopped", async () => {
    const harness = await working();
    harness.script.polls.push({ pages: [{ observations: [seen("a")], cursor: 1 }] });
    const worker = harness.start();
    await harness.clock.advance(1_000);
    expect(published(harness)).toEqual(["acme/a/1"]);
    harness.script.polls.push({ pages: [{ observations: [seen("b")], cursor: 2 }] });
    await harness.clock.advance(10_500);
    expect(published(harness).sort()).toEqual(["acme/a/1", "acme/b/1"]);
    worker.stop();
    await harness.clock.advance(3_000);
    await worker.ended;
    expect(harness.store.state.shards.get(0)?.owner).toBeNull();
  });

  it("a source that always fails never delays another", async () => {
    const harness = await working();
    await harness.store.applySources([sourceConfig({ name: "bad", everyMs: 10_000 })]);
    const polls = { acme: 0, bad: 0 };
    const upstreamOf = harness.ports.upstreamOf;
    harness.ports.upstreamOf = (source, ...rest) => {
      polls[source.name as keyof typeof polls] += 1;
      if (source.name === "bad") throw new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502");
      return upstreamOf(source, ...rest);
    };
    const worker = harness.start();
    for (let second = 0; second < 120; second += 1) await harness.clock.advance(1_000);
    expect(polls.acme).toBeGreaterThanOrEqual(12);
    expect(polls.bad).toBeGreaterThan(2);
    expect(polls.bad).toBeLessThan(12);
    worker.stop();
    await harness.clock.advance(3_000);
    await worker.ended;
  });

  it("goes on with a source whose connector has stopped answering, whatever that connector does later", async () => {
    const harness = await working();
    const { promise: answer, resolve: answered } = Promise.withResolvers<void>();
    harness.script.polls.push(
      { pages: [{ observations: [seen("late")], cursor: 9 }], before: () => answer },
      { pages: [{ observations: [seen("a")], cursor: 1 }] },
    );
    const worker = harness.start();
    await harness.clock.advance(11 * 60_000);
    expect(published(harness)).toEqual(["acme/a/1"]);
    expect(await harness.store.loadSource(1)).toMatchObject({ failures: 0, cursor: 1 });
    expect(worker.gauges().sources).toMatchObject([{ name: "acme", freshness: "current" }]);
    answered();
    await harness.clock.advance(60_000);
    expect(published(harness)).toEqual(["acme/a/1"]);
    worker.stop();
    await harness.clock.advance(3_000);
    await worker.ended;
  });

  it("takes up sources that are applied while it runs, and carries intents out", async () => {
    const harness = await working();
    harness.script.polls.push({
      pages: [],
      error: new SourceHaltedError("TIDEMARK_UPSTREAM_UNAUTHORIZED", "401"),
    });
    const worker = harness.start();
    await harness.clock.advance(2_000);
    expect((await harness.store.loadSource(1))?.state).toBe("halted");

    await harness.store.applySources([sourceConfig({ name: "later", everyMs: 10_000 })]);
    await harness.clock.advance(2_000);
    expect((await harness.store.loadSource(2))?.isLoaded).toBe(true);

    const intent = await harness.store.askIntent({ source: "acme", verb: "resume", actor: "test" });
    await harness.clock.advance(2_000);
    expect((await harness.store.intent(intent ?? ""))?.outcome).toBe("done");
    expect(await harness.store.loadSource(1)).toMatchObject({ state: "running", isLoaded: true });
    worker.stop();
    await harness.clock.advance(3_000);
    await worker.ended;
  });

  it(
    "pauses its pollers while Kafka is away for long, and goes on when it is back",
    { timeout: 30_000 },
    async () => {
      const harness = await working({ everyMs: 1_000, insertLimit: 100_000 });
      const worker = harness.start();
      await harness.clock.advance(1_000);
      const open = harness.ports.publishers.forShard;
      let isAway = true;
      harness.ports.publishers.forShard = (...given) => {
        const publisher = open(...given);
        const away = () => Promise.reject(new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "away"));
        return isAway ? { ...publisher, open: away } : publisher;
      };
      harness.kafka.failNext("publish");
      const many = Array.from({ length: 50_000 }, (_, index) => seen(`a${index}`));
      harness.script.polls.push(
        { pages: [{ observations: many, cursor: 1 }] },
        { pages: [{ observations: [seen("one more")], cursor: 2 }] },
      );
      await harness.clock.advance(30_000);
      expect(worker.gauges().shards[0]?.journalDepth).toBe(50_000);
      expect(harness.script.polls).toHaveLength(1);
      isAway = false;
      await harness.clock.advance(60_000);
      expect(harness.script.polls).toHaveLength(0);
      expect(harness.kafka.records(topic)).toHaveLength(50_001);
      worker.stop();
      await harness.clock.advance(3_000);
      await worker.ended;
    },
  );

  it("publishes what its passes have committed before it gives the shard away", async () => {
    const harness = await working();
    harness.script.polls.push({ pages: [{ observations: [seen("a")], cursor: 1 }] });
    harness.kafka.failNext("publish");
    const worker = harness.start();
    await harness.clock.advance(20);
    expect(harness.store.state.shards.get(0)?.lastSeq).toBe("1");
    expect(published(harness)).toEqual([]);
    worker.stop();
    await settled();
    expect(harness.store.state.shards.get(0)?.owner).toBe("w");
    await harness.clock.advance(1_000);
    await worker.ended;
    expect(published(harness)).toEqual(["acme/a/1"]);
    expect(harness.store.state.shards.get(0)).toMatchObject({ owner: null, publishedSeq: "1" });
  });

  it("takes shards when it could publish for them, or after two seconds when Kafka is away", async () => {
    const harness = await working();
    const answer = Promise.withResolvers<string>();
    harness.ports.brokers.clusterId = () => answer.promise;
    const worker = harness.start();
    const owner = () => harness.store.state.shards.get(0)?.owner;
    await harness.clock.advance(1_000);
    expect(owner()).toBeNull();
    answer.resolve("memory");
    await settled();
    expect(owner()).toBe("w");
    worker.stop();
    await worker.ended;

    harness.ports.brokers.clusterId = () => new Promise(() => undefined);
    const second = harness.start();
    await harness.clock.advance(1_999);
    expect(owner()).toBeNull();
    await harness.clock.advance(1);
    expect(owner()).toBe("w");
    second.stop();
  });

  it("gives its shards away within seconds when Kafka is away, whatever waits to be published", async () => {
    const harness = await working();
    harness.script.polls.push({ pages: [{ observations: [seen("a")], cursor: 1 }] });
    const open = harness.ports.publishers.forShard;
    const away = () => Promise.reject(new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "away"));
    harness.ports.publishers.forShard = (...given) => ({ ...open(...given), open: away });
    const worker = harness.start();
    await harness.clock.advance(5_000);
    worker.stop();
    await harness.clock.advance(5_000);
    await worker.ended;
    expect(harness.store.state.shards.get(0)).toMatchObject({ owner: null, lastSeq: "1", publishedSeq: "0" });
  });

  it("ends with the error that concerns the whole process, and releases its shards", async () => {
    const harness = await working();
    await harness.store.pinCluster("the old cluster");
    const worker = harness.start();
    const failure = worker.ended.catch((error: unknown) => error);
    await harness.clock.advance(3_000);
    await settled();
    expect(await failure).toMatchObject({ code: "TIDEMARK_OTHER_CLUSTER" });
    expect(harness.store.state.shards.get(0)?.owner).toBeNull();
  });
});
