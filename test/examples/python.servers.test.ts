import { join } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { type Sample, sampleRecord } from "../consumer/sample-records.ts";
import { examplePython } from "./example-python.ts";
import { startExample } from "./start-example.ts";
import { writtenTopic } from "./written-topic.ts";

const folder = join(import.meta.dirname, "../../examples/python");

/** As published by a replay, of its original in the same shard. */
function replayed(sample: Sample) {
  const record = sampleRecord({ ...sample, seq: 100 + sample.version });
  return { ...record, headers: { ...record.headers, "tidemark-replay": `4/3:${sample.version}` } };
}

let python = "python3";
// In a fresh clone it downloads what the example requires.
beforeAll(async () => (python = await examplePython()), 600_000);

test("the example in Python tells live events, replays, snapshots, deletes and gaps apart", async () => {
  const { topic, write } = await writtenTopic();
  const insert: Sample = { op: "inserted", version: 1, after: "a" };
  const update: Sample = { op: "updated", version: 2, before: "a", after: "ä-東京" };
  const remove: Sample = { op: "deleted", version: 3, before: "ä-東京" };
  await write([sampleRecord({ ...insert, id: "ghost" })], "abort");
  await write([sampleRecord(insert), sampleRecord(update)]);
  await write([replayed(insert), sampleRecord({ op: "snapshot", version: 2, after: "ä-東京" })]);
  await write([sampleRecord(remove), { ...sampleRecord(remove), value: null }, replayed(insert)]);
  const other = { id: "8", version: 5 };
  await write([
    sampleRecord({ op: "snapshot", ...other, after: "s" }),
    sampleRecord({ op: "updated", ...other, version: 8, before: "t", after: "u" }),
    sampleRecord({ op: "updated", ...other, version: 9, isPointer: true }),
    sampleRecord({ op: "snapshot", ...other, version: 9, after: "v" }),
    sampleRecord({ ...insert, id: "last" }),
  ]);

  const consumer = startExample(folder, [python, "main.py"], {
    KAFKA_BROKERS: inject("brokers").join(","),
    TOPICS: topic,
  });
  await expect.poll(() => consumer.lines.length, { timeout: 60_000 }).toBe(12);
  consumer.signalGroup("SIGTERM");
  expect(await consumer.ended).toBe(0);

  const told = consumer.lines.slice(0, -1);
  expect(told.filter((line) => line.includes("acme/7"))).toEqual([
    "inserted acme/7 v1 applied",
    "updated acme/7 v2 applied",
    "inserted acme/7 v1 ignored",
    "snapshot acme/7 v2 ignored",
    "deleted acme/7 v3 applied",
    "forgotten acme/7 v3 ignored",
    "inserted acme/7 v1 ignored",
  ]);
  expect(told.filter((line) => line.includes("acme/8"))).toEqual([
    "snapshot acme/8 v5 applied",
    "updated acme/8 v8 applied, but versions 6 to 7 are missing",
    "updated acme/8 v9 applied",
    "snapshot acme/8 v9 applied",
  ]);
  expect(JSON.parse(consumer.lines.at(-1) ?? "")).toMatchObject({
    "acme/8": { email: "v" },
    "acme/last": { email: "a" },
  });
  expect(consumer.lines.at(-1)).not.toContain("acme/7");
});
