import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { partitionOf } from "../../src/core/murmur2.ts";
import type {
  Brokers,
  OutputRecord,
  ProgressMeta,
  Publishers,
  ShardPublisher,
} from "../../src/ports/publisher.ts";
import type { StoredRecord } from "../support/memory-publisher.ts";

/** Something that claims to keep the contract of `Publishers` and `Brokers`. */
export interface PublisherSubject {
  publishers: Publishers;
  brokers: Brokers;
  /** Every committed record of these topics, in order per partition. */
  read(topics: readonly string[]): Promise<StoredRecord[]>;
}

const meta: ProgressMeta = { v: 1, j: "0f9ba2f5-5a54-4c0f-9a26-6f7f0a6a9f1d", bn: "4611686018427387901" };
const partitions = 3;
/** Of topics that Tidemark creates. */
const maxBatchBytes = 2 * 1024 * 1024;

/** The contract of the publisher port, as tests. @param subjectOf Makes a subject for an installation that is new. */
export function publisherContract(name: string, subjectOf: (prefix: string) => PublisherSubject): void {
  async function setup() {
    const prefix = `contract-${randomUUID()}`;
    const subject = subjectOf(prefix);
    const topics = [`${prefix}.first`, `${prefix}.second`] as const;
    const opened: ShardPublisher[] = [];
    await subject.brokers.ensureTopics({
      topics: [
        { name: `${prefix}.progress`, partitions: 8, compacted: false },
        ...topics.map((topic) => ({ name: topic, partitions, compacted: topic === topics[1] })),
      ],
      existing: [],
      allowWeakDurability: true,
    });
    return {
      ...subject,
      prefix,
      topics,
      make(shard = 0, pinned = partitions): ShardPublisher {
        const publisher = subject.publishers.forShard(shard, () => ({ partitions: pinned, maxBatchBytes }));
        opened.push(publisher);
        return publisher;
      },
      async [Symbol.asyncDispose]() {
        await Promise.all(opened.map((publisher) => publisher.close(2_000)));
      },
    };
  }

  describe(`${name} keeps the publisher's contract`, () => {
    test("a new shard has no position, and the seeded one is there for the next open", async () => {
      await using world = await setup();
      const first = world.make();
      expect(await first.open(nonce())).toEqual({ next: null, meta: null });
      await first.publish(batch([], "1", { ...meta, bn: null }));
      expect(await world.make().open(nonce())).toEqual({ next: "1", meta: { ...meta, bn: null } });
    });

    test("a position of 63 bits comes back with its metadata, and moves without records", async () => {
      await using world = await setup();
      const first = world.make();
      await first.open(nonce());
      await first.publish(batch([], "9007199254740993", meta));
      await first.publish(batch([], "9223372036854775000", { ...meta, bn: "7" }));
      expect(await world.make().open(nonce())).toEqual({
        next: "9223372036854775000",
        meta: { ...meta, bn: "7" },
      });
      expect(await world.read(world.topics)).toEqual([]);
    });

    test("records and position are committed together", async () => {
      await using world = await setup();
      const first = world.make();
      await first.open(nonce());
      const records = [record(world.topics[0], "a"), record(world.topics[1], "a")];
      await first.publish(batch(records, "3"));
      expect(sorted(await world.read(world.topics))).toEqual(sorted(placed(records)));
      expect(await world.make().open(nonce())).toEqual({ next: "3", meta });
    });

    test("shards keep positions of their own and do not fence each other", async () => {
      await using world = await setup();
      const [one, two] = [world.make(1), world.make(2)];
      await Promise.all([one.open(nonce()), two.open(nonce())]);
      await Promise.all([one.publish(batch([], "11")), two.publish(batch([], "22"))]);
      expect(await world.make(1).open(nonce())).toMatchObject({ next: "11" });
      expect(await world.make(2).open(nonce())).toMatchObject({ next: "22" });
      expect(await world.make(3).open(nonce())).toMatchObject({ next: null });
    });

    test("a predecessor is fenced: its publish throws and nothing of it becomes visible", async () => {
      await using world = await setup();
      const [old, successor] = [world.make(), world.make()];
      await old.open(nonce());
      await old.publish(batch([record(world.topics[0], "kept")], "2"));
      await successor.open(nonce());
      await expect(old.publish(batch([record(world.topics[0], "ghost")], "3"))).rejects.toMatchObject(
        unavailable,
      );
      await successor.publish(batch([record(world.topics[0], "mine")], "3"));
      expect(keysOf(await world.read(world.topics))).toEqual(["kept", "mine"]);
    });

    test("a publisher that has thrown is dead for good", async () => {
      await using world = await setup();
      const [old, successor] = [world.make(), world.make()];
      await old.open(nonce());
      await successor.open(nonce());
      await expect(old.publish(batch([], "2"))).rejects.toMatchObject(unavailable);
      await expect(old.open(nonce())).rejects.toMatchObject(unavailable);
      await expect(old.publish(batch([], "2"))).rejects.toMatchObject(unavailable);
      await successor.publish(batch([], "5"));
      expect(await world.make().open(nonce())).toMatchObject({ next: "5" });
    });

    test("what may not be committed is not, and the next open says so", async () => {
      await using world = await setup();
      const first = world.make();
      await first.open(nonce());
      await first.publish(batch([record(world.topics[0], "kept")], "2"));
      const refused = { ...batch([record(world.topics[0], "ghost")], "3"), mayCommit: () => false };
      await expect(first.publish(refused)).rejects.toMatchObject(unavailable);
      const second = world.make();
      expect(await second.open(nonce())).toEqual({ next: "2", meta });
      await second.publish(batch([record(world.topics[0], "after")], "3"));
      expect(keysOf(await world.read(world.topics))).toEqual(["after", "kept"]);
    });

    test("batches over several topics and partitions keep their order, with headers and tombstones", async () => {
      await using world = await setup();
      const publisher = world.make();
      await publisher.open(nonce());
      const sent: OutputRecord[] = [];
      for (let round = 0; round < 3; round += 1) {
        const records = Array.from({ length: 40 }, (_, i) => {
          const topic = world.topics[i % 2] ?? world.topics[0];
          return {
            ...record(topic, `zürich/東京-${i % 10}`),
            value: i % 5 === 0 ? null : `${round}.${i} 😀`,
          };
        });
        await publisher.publish(batch(records, String(sent.push(...records) + 1)));
      }
      const expected = placed(sent);
      const seen = await world.read(world.topics);
      for (const topic of world.topics) {
        for (let partition = 0; partition < partitions; partition += 1) {
          const here = (found: StoredRecord) => found.topic === topic && found.partition === partition;
          expect(seen.filter(here)).toEqual(expected.filter(here));
        }
      }
    });

    test("2,000 records of 1 KB are one transaction", async () => {
      await using world = await setup();
      const publisher = world.make();
      await publisher.open(nonce());
      const records = Array.from({ length: 2_000 }, (_, i) => ({
        ...record(world.topics[0], `key-${i}`),
        value: `${i}`.padEnd(1_024, "x"),
      }));
      await publisher.publish(batch(records, "2001"));
      expect(sorted(await world.read([world.topics[0]]))).toEqual(sorted(placed(records)));
      expect(await world.make().open(nonce())).toMatchObject({ next: "2001" });
    });

    test("an event that is too large is told apart, and takes nothing else down for good", async () => {
      await using world = await setup();
      const first = world.make();
      await first.open(nonce());
      const records = [
        record(world.topics[0], "small"),
        { ...record(world.topics[0], "large"), value: randomBytes(3_000_000).toString("hex") },
      ];
      await expect(first.publish(batch(records, "3"))).rejects.toMatchObject({
        code: "TIDEMARK_EVENT_TOO_LARGE",
      });
      const second = world.make();
      expect(await second.open(nonce())).toMatchObject({ next: null });
      await second.publish(batch(records.slice(0, 1), "2"));
      expect(keysOf(await world.read(world.topics))).toEqual(["small"]);
    });

    test("a topic with another number of partitions is refused", async () => {
      await using world = await setup();
      for (const pinned of [partitions - 1, partitions + 1]) {
        const publisher = world.make(0, pinned);
        await publisher.open(nonce());
        const refused = publisher.publish(batch([record(world.topics[0], "a")], "2"));
        await expect(refused).rejects.toMatchObject({ code: "TIDEMARK_TOPIC_PARTITIONS" });
      }
      expect(await world.read(world.topics)).toEqual([]);
    });

    test("a missing topic is refused, and not created", async () => {
      await using world = await setup();
      const publisher = world.make();
      await publisher.open(nonce());
      const gone = `${world.prefix}.gone`;
      const refused = publisher.publish(batch([record(gone, "a")], "2"));
      await expect(refused).rejects.toMatchObject({ code: "TIDEMARK_TOPIC_MISSING" });
      const again = world.brokers.ensureTopics({
        topics: [{ name: gone, partitions: 1, compacted: false }],
        existing: [gone],
        allowWeakDurability: true,
      });
      await expect(again).rejects.toMatchObject({ code: "TIDEMARK_TOPIC_MISSING" });
    });

    test("without the progress topic a shard does not open", async () => {
      const { publishers } = subjectOf(`contract-${randomUUID()}`);
      const publisher = publishers.forShard(0, () => ({ partitions, maxBatchBytes }));
      await expect(publisher.open(nonce())).rejects.toMatchObject({ code: "TIDEMARK_TOPIC_MISSING" });
      await publisher.close(2_000);
    });

    test("topics are described as they are, not as they are wanted", async () => {
      await using world = await setup();
      const ask = (count: number, compacted: boolean) =>
        world.brokers.ensureTopics({
          topics: [{ name: world.topics[1], partitions: count, compacted }],
          existing: [world.topics[1]],
          allowWeakDurability: true,
        });
      expect(await ask(9, false)).toEqual([
        { name: world.topics[1], partitions, compacted: true, maxBatchBytes },
      ]);
    });

    test("topics say how large a batch they accept, and one that is gone is missed", async () => {
      await using world = await setup();
      const limits = await world.brokers.maxBatchBytes(world.topics);
      expect([...limits]).toEqual(world.topics.map((topic) => [topic, maxBatchBytes]));
      const gone = world.brokers.maxBatchBytes([`${world.prefix}.gone`]);
      await expect(gone).rejects.toMatchObject({ code: "TIDEMARK_TOPIC_MISSING" });
    });

    test("what a shard has committed is read back, and nothing of others or of aborted transactions", async () => {
      await using world = await setup();
      const [mine, other] = [world.make(1), world.make(2)];
      await mine.open(nonce());
      await other.open(nonce());
      const of = (shard: number, topic: string, key: string) => {
        const plain = record(topic, key);
        return { ...plain, headers: { ...plain.headers, "tidemark-shard": String(shard) } };
      };
      const sent = [of(1, world.topics[0], "a"), of(1, world.topics[1], "b"), of(1, world.topics[0], "a")];
      await mine.publish(batch(sent.slice(0, 2), "3"));
      await other.publish(batch([of(11, world.topics[0], "c")], "2"));
      await mine.publish(batch([{ ...sent[2], value: null } as OutputRecord], "4"));
      const ghost = { ...batch([of(1, world.topics[0], "ghost")], "5"), mayCommit: () => false };
      await expect(mine.publish(ghost)).rejects.toMatchObject(unavailable);
      await world.make(1).open(nonce());

      const readSince = async (sinceMs: number | null) => {
        const found: OutputRecord[] = [];
        const wanted = { shard: 1, topics: world.topics, sinceMs, signal: new AbortController().signal };
        const { trimmed } = await world.brokers.readShard({
          ...wanted,
          onRecord: (one) => void found.push(one),
        });
        expect(trimmed).toEqual([]);
        return found.map(({ topic, key, value, headers }) => ({ topic, key, value, headers }));
      };
      const all = await readSince(null);
      expect(all.filter(({ topic }) => topic === world.topics[0])).toEqual([
        sent[0],
        { ...sent[2], value: null },
      ]);
      expect(all.filter(({ topic }) => topic === world.topics[1])).toEqual([sent[1]]);
      expect(await readSince(Date.now() - 60_000)).toHaveLength(3);
      expect(await readSince(Date.now() + 60_000)).toEqual([]);
    });

    test("what the reader's caller throws ends the reading of a shard, and so does the signal, without an answer", async () => {
      await using world = await setup();
      const publisher = world.make(1);
      await publisher.open(nonce());
      const one = record(world.topics[0], "a");
      await publisher.publish(batch([{ ...one, headers: { "tidemark-shard": "1" } }], "2"));
      const wanted = { shard: 1, topics: world.topics, sinceMs: null };
      const failing = world.brokers.readShard({
        ...wanted,
        signal: new AbortController().signal,
        onRecord: () => Promise.reject(new TypeError("the caller's own fault")),
      });
      await expect(failing).rejects.toThrow(new TypeError("the caller's own fault"));
      const ended = world.brokers.readShard({ ...wanted, signal: AbortSignal.abort(), onRecord() {} });
      await expect(ended).rejects.toMatchObject(unavailable);
    });

    test("a partition's end is 0 until something was written to it", async () => {
      await using world = await setup();
      const publisher = world.make();
      await publisher.open(nonce());
      const partition = partitionOf("a", partitions);
      expect(await world.brokers.logEnd(world.topics[0], partition)).toBe("0");
      await publisher.publish(batch([record(world.topics[0], "a")], "2"));
      expect(Number(await world.brokers.logEnd(world.topics[0], partition))).toBeGreaterThan(0);
      expect(await world.brokers.logEnd(world.topics[0], (partition + 1) % partitions)).toBe("0");
      const gone = world.brokers.logEnd(`${world.prefix}.gone`, 0);
      await expect(gone).rejects.toMatchObject({ code: "TIDEMARK_TOPIC_MISSING" });
    });

    test("a call beside a running one is refused, and disturbs it not", async () => {
      await using world = await setup();
      const publisher = world.make();
      await publisher.open(nonce());
      const running = publisher.publish(batch([record(world.topics[0], "first")], "2"));
      const beside = publisher.publish(batch([record(world.topics[0], "second")], "3"));
      await expect(beside).rejects.toMatchObject(unavailable);
      await running;
      await publisher.publish(batch([record(world.topics[0], "third")], "3"));
      expect(keysOf(await world.read(world.topics))).toEqual(["first", "third"]);
    });

    test("a closed publisher publishes nothing more, and closing again is no error", async () => {
      await using world = await setup();
      const publisher = world.make();
      await publisher.open(nonce());
      await publisher.close(2_000);
      await publisher.close(2_000);
      await expect(publisher.publish(batch([], "2"))).rejects.toMatchObject(unavailable);
    });
  });
}

const unavailable = { code: "TIDEMARK_KAFKA_UNAVAILABLE" };

function nonce(): string {
  return String(randomInt(1, 2 ** 47));
}

function record(topic: string, key: string): OutputRecord {
  return {
    topic,
    key,
    value: `value of ${key}`,
    headers: { ce_id: `${key}/1`, "x-tidemark": "Grüße, 世界" },
  };
}

function batch(records: readonly OutputRecord[], next: string, of: ProgressMeta = meta) {
  return { records, next, meta: of, mayCommit: () => true };
}

function placed(records: readonly OutputRecord[]): StoredRecord[] {
  return records.map((sent) => ({ ...sent, partition: partitionOf(sent.key, partitions) }));
}

function keysOf(records: readonly StoredRecord[]): string[] {
  return sorted(records).map(({ key }) => key);
}

/** By topic and key: between partitions there is no order. */
function sorted(records: readonly StoredRecord[]): StoredRecord[] {
  const nameOf = ({ topic, key }: StoredRecord) => `${topic} ${key}`;
  return records.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}
