import { expect, test } from "vitest";
import { missingApis } from "../../src/kafka/api-versions.ts";

/** What Kafka 4.3.0 offers of the APIs that are needed. */
const kafka43 = new Map([
  [0, { min: 0, max: 13 }],
  [1, { min: 4, max: 18 }],
  [2, { min: 1, max: 11 }],
  [3, { min: 0, max: 13 }],
  [9, { min: 1, max: 10 }],
  [10, { min: 0, max: 6 }],
  [11, { min: 2, max: 9 }],
  [19, { min: 2, max: 7 }],
  [22, { min: 0, max: 6 }],
  [24, { min: 0, max: 5 }],
  [25, { min: 0, max: 4 }],
  [26, { min: 0, max: 5 }],
  [28, { min: 0, max: 5 }],
  [32, { min: 1, max: 4 }],
]);

test("a broker that offers what kafkajs can send will do", () => {
  expect(missingApis(kafka43)).toEqual([]);
});

test("a broker that has dropped the versions that kafkajs can send is named with what is missing", () => {
  const newer = new Map([...kafka43, [28, { min: 3, max: 7 }]]);
  expect(missingApis(newer)).toEqual(["TxnOffsetCommit is offered in versions 3–7, needed is 0–1"]);
});

test("a broker that is too old, or has no such API, is named too", () => {
  const older = new Map([...kafka43, [0, { min: 0, max: 2 }]]);
  older.delete(22);
  expect(missingApis(older)).toEqual([
    "Produce is offered in versions 0–2, needed is 3–7",
    "InitProducerId is not offered",
  ]);
});
