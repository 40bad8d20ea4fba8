import { describe, expect, it } from "vitest";
import { ownedShard } from "../../src/app/owned-shard.ts";
import { publishShard } from "../../src/app/publish-shard.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import { FatalError, RetryableError } from "../../src/core/errors.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import { type LaneHarness, laneHarness } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { seen } from "../support/scripted-connector.ts";

const topic = "tidemark.scripted.accounts";

function publishing(harness: LaneHarness, partitions = 3) {
  const { shard, ports, store } = harness;
  const settings = { prefix: "tidemark", shardCount: 1, partitions, allowWeakDurability: true };
  const publication = {
    topics: topicBook(settings, ports),
    journalId: store.state.installation?.journalId ?? "",
  };
  let failure: unknown = null;
  const ended = publishShard(shard, publication, ports).catch((error: unknown) => {
    failure = error;
  });
  return {
    failure: () => failure,
    /** Lets it run, through its pauses too. */
    async go(ms = 0) {
      await settled();
      await harness.clock.advance(ms);
      await settled();
    },
    async stop() {
      shard.release();
      await ended;
    },
  };
}

async function poll(harness: LaneHarness, ...accounts: string[]) {
  const { script, lane, ports } = harness;
  const cursor = Number(lane.source.cursor ?? 0) + 1;
  script.polls.push({
    pages: [{ observations: accounts.map((id) => seen(id, { email: `${cursor}@x` })), cursor }],
  });
  await takeTurn(lane, "poll", ports);
}

/** The same lease as a process that has just started would hold it. */
const freshShard = ({ shard, clock }: LaneHarness) =>
  ownedShard(shard, clock, { ...leaseTiming, stopAfterMs: Number.POSITIVE_INFINITY }, clock.monotonicMs());

const sequence = ({ kafka }: LaneHarness) =>
  kafka
    .records(topic)
    .map(({ headers }) => Number(headers["tidemark-seq"]))
    .sort((a, b) => a - b);

describe("publishing a shard", () => {
  it("publishes every journal row once, in order per account, with the bytes of the journal", async () => {
    const harness = await laneHarness();
    const publisher = publishing(harness);
    await publisher.go();
    await poll(harness, "a", "b", "c");
    await publisher.go();
    await poll(harness, "a", "c");
    await publisher.go();
    await publisher.stop();
    const rows = await harness.journal();
    expect(sequence(harness)).toEqual([1, 2, 3, 4, 5]);
    const records = new Map(
      harness.kafka.records(topic).map((record) => [record.headers["tidemark-seq"], record]),
    );
    for (const row of rows) expect(records.get(row.seq)).toMatchObject({ key: row.key, value: row.value });
    expect(harness.kafka.progress(0).next).toBe("6");
    expect(await harness.store.shardAnchor(0)).toMatchObject({ publishedSeq: "5", seeded: true });
  });

  it.each(["publish", "answer", "open"] as const)(
    "publishes nothing twice and loses nothing when %s fails",
    async (failure) => {
      const harness = await laneHarness();
      await poll(harness, "a", "b");
      harness.kafka.failNext(failure, failure);
      const publisher = publishing(harness);
      await publisher.go(60_000);
      await poll(harness, "a");
      harness.kafka.failNext(failure);
      await publisher.go(60_000);
      await publisher.stop();
      expect(publisher.failure()).toBeNull();
      expect(sequence(harness)).toEqual([1, 2, 3]);
    },
  );

  it("goes on where Kafka stands when its own record of it was never written", async () => {
    const harness = await laneHarness();
    await poll(harness, "a");
    harness.store.failNext("recordPublished", new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "gone"), {
      applied: false,
    });
    const publisher = publishing(harness);
    await publisher.go(60_000);
    await poll(harness, "b");
    await publisher.go(60_000);
    await publisher.stop();
    expect(sequence(harness)).toEqual([1, 2]);
  });

  it("commits nothing once the lease is lost", async () => {
    const harness = await laneHarness();
    const publisher = publishing(harness);
    await publisher.go();
    await poll(harness, "a");
    harness.shard.lose();
    await publisher.stop();
    expect(sequence(harness)).toEqual([]);
  });

  describe("when the position of a shard that has published is gone", () => {
    async function lostPosition(
      before: (harness: LaneHarness) => void | Promise<void> = () => {},
      compacted = false,
    ) {
      const harness = await laneHarness({ compacted });
      await poll(harness, "a", "b");
      const publisher = publishing(harness);
      await publisher.go();
      await poll(harness, "a");
      // Our note of the third event never comes, as when the process dies.
      harness.store.failNext("recordPublished", new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "gone"), {
        applied: false,
      });
      await publisher.go();
      harness.kafka.forgetProgress(0);
      await before(harness);
      await poll(harness, "c");
      await publisher.go(60_000);
      return { harness, publisher };
    }

    it("reads it back from the topics and goes on exactly there", async () => {
      const { harness, publisher } = await lostPosition();
      await publisher.stop();
      expect(publisher.failure()).toBeNull();
      expect(sequence(harness)).toEqual([1, 2, 3, 4]);
      const opened = harness.log.lines.filter(({ message }) => message === "publish.opened");
      expect(opened.map(({ fields }) => fields["decision"])).toEqual(["seed", "recover"]);
    });

    it("refuses to guess when retention has taken what would prove it", async () => {
      const { harness, publisher } = await lostPosition(({ kafka }) => kafka.trim(topic));
      expect(publisher.failure()).toBeInstanceOf(FatalError);
      expect(publisher.failure()).toMatchObject({ code: "TIDEMARK_PROGRESS_LOST" });
      expect(sequence(harness)).toEqual([]);
    });

    it("refuses to guess when compaction may have taken an event away, and does not as long as it cannot have", async () => {
      const journalled = (ageMs: number) => async (harness: LaneHarness) => {
        await poll(harness, "d");
        const row = harness.store.state.shards.get(0)?.journal.at(-1);
        Object.assign(row ?? {}, { observedAt: new Date(harness.clock.now() - ageMs).toISOString() });
      };
      const aged = await lostPosition(journalled(24 * 3_600_000), true);
      expect(aged.publisher.failure()).toMatchObject({ code: "TIDEMARK_PROGRESS_LOST" });
      const young = await lostPosition(journalled(3_600_000), true);
      await young.publisher.stop();
      expect(young.publisher.failure()).toBeNull();
      expect(sequence(young.harness)).toEqual([1, 2, 3, 4, 5]);
    });

    it("leaves out what others have written to a topic that is shared", async () => {
      const { harness, publisher } = await lostPosition(({ kafka }) => {
        const stranger = { topic, key: "stranger/x", value: "{}", partition: 0 };
        const headers = { "tidemark-shard": "0", "tidemark-seq": "77", "tidemark-batch": "5" };
        kafka.put({ ...stranger, headers });
      });
      await publisher.stop();
      expect(publisher.failure()).toBeNull();
      expect(sequence(harness)).toEqual([1, 2, 3, 4, 77]);
    });

    it("refuses when the topics tell of another history", async () => {
      const { harness, publisher } = await lostPosition(({ store }) => {
        for (const row of store.state.shards.get(0)?.journal ?? []) row.batchNonce = "999";
      });
      expect(publisher.failure()).toMatchObject({ code: "TIDEMARK_HISTORY_FORKED" });
      expect(sequence(harness)).toEqual([1, 2, 3]);
    });
  });

  it("refuses a topic that was created anew: its position is there, its events are not", async () => {
    const harness = await laneHarness();
    await poll(harness, "a");
    const publisher = publishing(harness);
    await publisher.go();
    await publisher.stop();
    harness.kafka.deleteTopic(topic);
    await harness.kafka.brokers.ensureTopics({
      topics: [{ name: topic, partitions: 3, compacted: false }],
      existing: [],
      allowWeakDurability: true,
    });
    const successor = publishing({ ...harness, shard: freshShard(harness) });
    await successor.go();
    expect(successor.failure()).toMatchObject({ code: "TIDEMARK_TOPIC_MISSING" });
    expect(sequence(harness)).toEqual([]);
  });

  it("goes on when a topic is deleted that nothing is published to any more, and refuses when something is", async () => {
    const harness = await laneHarness();
    await poll(harness, "a");
    const publisher = publishing(harness);
    await publisher.go();
    const source = harness.store.state.sources.get(1);
    Object.assign(source ?? {}, { topic: "moved" });
    harness.lane.isOutdated = true;
    await poll(harness, "a");
    await publisher.go(60_000);
    harness.kafka.deleteTopic(topic);
    await poll(harness, "a");
    await publisher.go(60_000);
    expect(publisher.failure()).toBeNull();
    expect(harness.kafka.records("moved")).toHaveLength(2);

    harness.kafka.deleteTopic("moved");
    await poll(harness, "a");
    await publisher.go(60_000);
    expect(publisher.failure()).toMatchObject({ code: "TIDEMARK_TOPIC_MISSING" });
  });

  it("notices that the database is not the one it was, without a restart", async () => {
    const harness = await laneHarness();
    await poll(harness, "a");
    const publisher = publishing(harness);
    await publisher.go();
    // The database fails over to a copy without event 1, and number 1 is given once more.
    const { journal } = harness.store.state.shards.get(0)!;
    Object.assign(harness.store.state.shards.get(0)!, { lastSeq: "0", journal: journal.slice(0, 0) });
    await poll(harness, "b");
    await publisher.go();
    expect(publisher.failure()).toMatchObject({ code: "TIDEMARK_HISTORY_FORKED" });
    expect(sequence(harness)).toEqual([1]);
  });

  it("publishes nothing that was handed over in memory when the database has failed over to a copy without it", async () => {
    const harness = await laneHarness();
    await poll(harness, "a", "b");
    const shard = harness.store.state.shards.get(0)!;
    Object.assign(shard, { lastSeq: "1", journal: shard.journal.slice(0, 1) });
    const publisher = publishing(harness);
    await publisher.go();
    await publisher.stop();
    expect(publisher.failure()).toBeNull();
    expect(sequence(harness)).toEqual([1]);
  });

  it("publishes what the journal holds, not what was handed over in memory, when the number was given to another event", async () => {
    const harness = await laneHarness();
    await poll(harness, "a");
    const [row] = harness.store.state.shards.get(0)?.journal ?? [];
    Object.assign(row ?? {}, { batchNonce: "999" });
    const publisher = publishing(harness);
    await publisher.go();
    await publisher.stop();
    expect(harness.kafka.records(topic).map(({ headers }) => headers["tidemark-batch"])).toEqual(["999"]);
  });

  it("gives the shard up, and nothing more, when it finds a contradiction after its lease has run out", async () => {
    const harness = await laneHarness();
    const { clock, kafka, ports, shard: lease, store } = harness;
    const publishAll = async () => {
      const publisher = publishing({ ...harness, shard: freshShard(harness) });
      await publisher.go();
      await publisher.stop();
    };
    await poll(harness, "a");
    await publishAll();
    await poll(harness, "b");
    let sleptMs = 0;
    /** Between Kafka's position and the database's the process is paused, and a successor publishes. */
    const shardAnchor: typeof store.shardAnchor = async (shard) => {
      sleptMs = leaseTiming.stopAfterMs;
      await publishAll();
      return store.shardAnchor(shard);
    };
    const sleepy = { ...clock, monotonicMs: () => clock.monotonicMs() + sleptMs };
    const shard = ownedShard(lease, sleepy, leaseTiming, clock.monotonicMs());
    const sleeper = publishing({ ...harness, shard, ports: { ...ports, store: { ...store, shardAnchor } } });
    await expect.poll(() => shard.signal.aborted || sleeper.failure() !== null).toBe(true);
    await sleeper.stop();
    expect(sleeper.failure()).toBeNull();
    expect(kafka.progress(0).next).toBe("3");
    expect(sequence(harness)).toEqual([1, 2]);
  });

  it("refuses a gap in the journal", async () => {
    const harness = await laneHarness();
    await poll(harness, "a", "b", "c");
    harness.store.state.shards.get(0)?.journal.splice(1, 1);
    harness.shard.handover.take(99n, 1);
    const publisher = publishing(harness);
    await publisher.go();
    expect(publisher.failure()).toMatchObject({ code: "TIDEMARK_JOURNAL_GAP" });
    expect(sequence(harness)).toEqual([]);
  });

  it("refuses another cluster before it creates anything there", async () => {
    const harness = await laneHarness();
    await harness.store.pinCluster("the old cluster");
    const publisher = publishing(harness);
    await publisher.go();
    expect(publisher.failure()).toMatchObject({ code: "TIDEMARK_OTHER_CLUSTER" });
  });

  it("follows a delete by a tombstone with the same key and headers where the topic is compacted", async () => {
    const harness = await laneHarness({ compacted: true });
    await poll(harness, "a");
    harness.script.polls.push({ pages: [{ observations: [{ id: "a", gone: true, at: null }], cursor: 9 }] });
    await takeTurn(harness.lane, "poll", harness.ports);
    const publisher = publishing(harness);
    await publisher.go();
    await publisher.stop();
    const [, deleted, tombstone] = harness.kafka.records(topic);
    expect(deleted?.value).toContain('"op":"deleted"');
    expect(tombstone).toEqual({ ...deleted, value: null });
  });

  it("opens anew after an hour without work, which renews the position's life", async () => {
    const harness = await laneHarness();
    await poll(harness, "a");
    const publisher = publishing(harness);
    await publisher.go();
    await publisher.go(3_600_001);
    const opened = harness.log.lines.filter(({ message }) => message === "publish.opened");
    expect(opened.map(({ fields }) => fields["decision"])).toEqual(["seed", "resume"]);
    await publisher.stop();
    expect(sequence(harness)).toEqual([1]);
  });
});
