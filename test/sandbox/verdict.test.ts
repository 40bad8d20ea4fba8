import { expect, test } from "vitest";
import type { KafkaRecord } from "../../src/consumer/index.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { type Truth, createJudge } from "../../src/sandbox/verdict.ts";
import { type Sample, sampleRecord } from "../consumer/sample-records.ts";

const insert: Sample = { op: "inserted", version: 1, after: "a" };
const update: Sample = { op: "updated", version: 2, before: "a", after: "b" };
const remove: Sample = { op: "deleted", version: 3, before: "b" };

/** Upstream accounts by id; every published account has the attribute `team: "ä"`. */
function truth(accounts: Record<string, JsonObject>): Truth {
  return { source: "acme", accounts: new Map(Object.entries(accounts)), volatile: ["seenAt"] };
}

function judged(records: readonly (Sample | KafkaRecord)[], ...truths: Truth[]) {
  const judge = createJudge();
  for (const record of records) judge.add("key" in record ? record : sampleRecord(record));
  const { isOk, lines } = judge.verdict(truths);
  return { isOk, differences: lines.slice(0, -1), verdict: lines.at(-1) };
}

test("topics that give the truth without a gap are ok, and the verdict counts what was compared", () => {
  const records = [insert, { ...insert, id: "8", seq: 9 }, update];
  expect(judged(records, truth({ 7: { team: "ä" }, 8: { team: "ä", unread: 1 } }))).toEqual({
    isOk: true,
    differences: [],
    verdict: "verdict: ok, topics equal the truth (3 events, 2 accounts, 1 sources)",
  });
});

test("an account that was deleted on both sides is no difference", () => {
  expect(judged([insert, update, remove], truth({})).isOk).toBe(true);
});

function withoutAttributes(sample: Sample): KafkaRecord {
  const record = sampleRecord(sample);
  return { ...record, value: record.value.replace('"team":"ä"', "") };
}

const alive = truth({ 7: { team: "ä" } });

test.each<[string, (Sample | KafkaRecord)[], Truth, string[]]>([
  ["no event at all", [], truth({}), ["no event has arrived"]],
  [
    "an account that was never published",
    [insert],
    truth({ 7: { team: "ä" }, 8: {} }),
    ["acme/8: exists upstream, but not in the topic"],
  ],
  ["an account that is gone upstream", [insert], truth({}), ["acme/7: is in the topic, but not upstream"]],
  [
    "a member with another value",
    [insert],
    truth({ 7: { team: "o" } }),
    ['acme/7: team is "ä" in the topic and "o" upstream'],
  ],
  [
    "a member that upstream has no more",
    [insert],
    truth({ 7: { team: null } }),
    ['acme/7: team is "ä" in the topic and nothing upstream'],
  ],
  [
    "a member that other accounts were published with",
    [{ ...insert, id: "8", seq: 9 }, withoutAttributes(insert)],
    truth({ 7: { team: "ä" }, 8: { team: "ä" } }),
    ['acme/7: team is nothing in the topic and "ä" upstream'],
  ],
  ["a gap", [insert, { ...remove, before: "a" }], truth({}), ["acme/7 (event 3:3): version 3 after 1"]],
  [
    "an event that was published twice",
    [insert, update, update],
    alive,
    [
      "acme/7 (event 3:2): version 2 after 2",
      "acme/7 (event 3:2): `before` is not the last `after`",
      "acme/7 (event 3:2): published twice",
    ],
  ],
  [
    "a record that nobody understands",
    [insert, { ...sampleRecord(update), value: "{" }],
    alive,
    ["record acme/7 is not a Tidemark event: the value is not JSON"],
  ],
  [
    "an account of a source that is not there",
    [insert],
    { ...truth({}), source: "other" },
    ["acme/7: belongs to no source"],
  ],
])("%s makes it differ", (_what, records, given, differences) => {
  const { isOk, verdict, ...found } = judged(records, given);
  expect(found.differences).toEqual(differences);
  expect(isOk).toBe(false);
  const count = `${differences.length} ${differences.length === 1 ? "difference" : "differences"}`;
  expect(verdict).toContain(`verdict: differs, ${count} (`);
});

test("members that the upstream changes by itself are not compared", () => {
  const volatile = { ...alive, volatile: ["team"] };
  expect(judged([insert], { ...volatile, accounts: new Map([["7", { team: "o" }]]) }).isOk).toBe(true);
});
