import { expect, test } from "vitest";
import { topicLimit } from "../../src/kafka/topic-limit.ts";

test.each([
  ["its max.message.bytes", { "max.message.bytes": "2097152", "segment.bytes": "1073741824" }, 2_097_152],
  [
    "its segments, where they are smaller",
    { "max.message.bytes": "2097152", "segment.bytes": "1048576" },
    1_048_576,
  ],
  ["Kafka's default, where nothing can be read", {}, 1_048_588],
  ["what a request may have, however much it takes", { "max.message.bytes": "200000000" }, 67_108_864],
])("the largest batch of a topic is %s", (_, configs, expected) => {
  expect(topicLimit(new Map(Object.entries(configs)))).toBe(expected);
});

test("a topic of which nothing is known has Kafka's default", () => {
  expect(topicLimit(undefined)).toBe(1_048_588);
});
