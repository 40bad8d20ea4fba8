import * as fc from "fast-check";
import { expect, test } from "vitest";
import { partitionOf } from "../../src/core/murmur2.ts";
import { encodeSends, fullBatchBytes, maxSendRecords } from "../../src/kafka/encode-sends.ts";
import type { OutputRecord } from "../../src/ports/publisher.ts";

const partitions = 4;

function record(key: string, value: string | null, topic = "t"): OutputRecord {
  return { topic, key, value, headers: { ce_id: `${key}/1` } };
}

function sendsOf(records: readonly OutputRecord[], maxBatchBytes = 2 * 1024 * 1024) {
  return encodeSends(records, () => ({ partitions, maxBatchBytes }));
}

test("nothing to send is no send", () => {
  expect(sendsOf([])).toEqual([]);
});

test("every record is sent once, to the partition of its key, in order per partition", () => {
  const arbitrary = fc.record({
    topic: fc.constantFrom("t", "u"),
    key: fc.string({ unit: "grapheme", maxLength: 8 }),
    value: fc.option(fc.constantFrom("a", "b", "x".repeat(200_000), "y".repeat(400_000))),
    headers: fc.constant({}),
  });
  fc.assert(
    fc.property(fc.array(arbitrary, { maxLength: 30 }), (records) => {
      const sent = sendsOf(records).flatMap((send) =>
        send.flatMap(({ topic, messages }) => messages.map((message) => ({ topic, message }))),
      );
      expect(sent.length).toBe(records.length);
      for (const topic of ["t", "u"]) {
        for (let partition = 0; partition < partitions; partition += 1) {
          const got = sent.filter((one) => one.topic === topic && one.message.partition === partition);
          const wanted = records.filter(
            (one) => one.topic === topic && partitionOf(one.key, partitions) === partition,
          );
          expect(
            got.map(({ message: { key, value } }) => [key, value === null ? null : String(value)]),
          ).toEqual(wanted.map(({ key, value }) => [key, value]));
        }
      }
    }),
    { numRuns: 50 },
  );
});

test.each([
  [2 * 1024 * 1024, fullBatchBytes],
  [300_000, 100_000],
])("of a topic that takes %d bytes no batch grows over %d, unless one event does", (limit, most) => {
  const records = Array.from({ length: 40 }, (_, i) =>
    record(`k${i % 3}`, "x".repeat(i === 20 ? 900_000 : 30_000)),
  );
  const batches = sendsOf(records, limit).flatMap((send) =>
    send.flatMap(({ messages }) => [...Map.groupBy(messages, ({ partition }) => partition).values()]),
  );
  for (const batch of batches) {
    const bytes = batch.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    expect(bytes <= most || batch.length === 1).toBe(true);
  }
  expect(Math.max(...batches.map((batch) => batch.length))).toBeGreaterThan(1);
});

test("sends of small records are cut by count", () => {
  const counts = sendsOf(Array.from({ length: 1_100 }, (_, i) => record(`k${i}`, "v"))).map((send) =>
    send.reduce((sum, { messages }) => sum + messages.length, 0),
  );
  expect(counts).toEqual([maxSendRecords, maxSendRecords, 1_100 - 2 * maxSendRecords]);
});
