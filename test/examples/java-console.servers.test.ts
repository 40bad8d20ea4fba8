import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { sampleRecord } from "../consumer/sample-records.ts";
import { startExample } from "./start-example.ts";
import { writtenTopic } from "./written-topic.ts";

const folder = join(import.meta.dirname, "../../examples/java-console");

/** A folder with `kafka-console-consumer.sh`, as in Kafka's `bin`, around the console consumer of the test run. */
function kafkaBin(): string {
  const folder = mkdtempSync(join(tmpdir(), "kafka-bin-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const words = inject("consoleConsumer").map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const file = join(folder, "kafka-console-consumer.sh");
  writeFileSync(file, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
  chmodSync(file, 0o755);
  return folder;
}

test("the console consumer prints committed records with their keys and headers, and no others", async () => {
  const { topic, write } = await writtenTopic();
  const insert = sampleRecord({ op: "inserted", version: 1, after: "a" });
  const remove = sampleRecord({ op: "deleted", version: 2, before: "a" });
  await write([sampleRecord({ op: "inserted", version: 1, id: "ghost", after: "g" })], "abort");
  await write([insert]);
  await write([remove, { ...remove, value: null }]);

  const reader = startExample(folder, ["./read-topic.sh", inject("brokers").join(","), topic], {
    PATH: [kafkaBin(), process.env["PATH"]].join(delimiter),
  });
  const records = () => reader.lines.filter((line) => line.includes("ce_id:"));
  await expect.poll(() => records().length, { timeout: 60_000 }).toBe(3);

  const [first = "", second = "", third = ""] = records();
  const [headers = "", key, value] = first.split("\t");
  expect({ key, value }).toEqual({ key: insert.key, value: insert.value });
  expect(headers.split(";").toSorted()).toEqual(
    Object.entries(insert.headers)
      .map(([name, text]) => `${name}:${text}`)
      .toSorted(),
  );
  expect(second.split("\t").slice(1)).toEqual([remove.key, remove.value]);
  expect(third.split("\t").slice(1)).toEqual([remove.key, "null"]);
});
