import { expect, test } from "vitest";
import { eventFeed } from "../../src/sandbox/event-feed.ts";
import { sampleRecord } from "../consumer/sample-records.ts";

const observedAtMs = Date.parse("2026-05-04T03:02:01.000Z");

test("every record is a line, and a summary tells of those since the last one", () => {
  const said: string[] = [];
  let lagMs = 10;
  const feed = eventFeed(
    (line) => said.push(line),
    () => observedAtMs + lagMs,
  );
  feed.onRecord(sampleRecord({ op: "inserted", version: 1, after: "a" }));
  lagMs = 30;
  feed.onRecord(sampleRecord({ op: "updated", version: 2, before: "a", after: "b" }));
  lagMs = 2_848;
  feed.onRecord(sampleRecord({ op: "deleted", version: 3, before: "b" }));

  expect(said.map((line) => line.replaceAll(/ +/g, " "))).toEqual([
    "03:02:01.000 inserted acme/7 v1",
    "03:02:01.000 updated acme/7 v2 email",
    "03:02:01.000 deleted acme/7 v3",
  ]);
  expect(feed.summary(4n)).toBe("-- 1 inserted, 1 updated, 1 deleted; lag 30 ms (max 2.8 s); journal 4");
  expect(feed.summary(0n)).toBe("-- 0 inserted, 0 updated, 0 deleted; journal 0");
});
