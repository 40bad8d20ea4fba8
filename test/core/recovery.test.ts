import { expect, test } from "vitest";
import { type ShardTail, type TailDecision, positionFromTail } from "../../src/core/recovery.ts";

const tail = (seq: string, trimmed: string[] = []): ShardTail => ({
  last: { seq, nonce: `n${seq}` },
  trimmed,
});
const nothing: ShardTail = { last: null, trimmed: [] };

test.each<[what: string, tail: ShardTail, publishedSeq: string, decision: TailDecision]>([
  ["goes on after the last event in the topics", tail("40"), "40", { next: "41", nonce: "n40" }],
  ["believes the topics where our note came too late", tail("46"), "40", { next: "47", nonce: "n46" }],
  [
    "compares numbers that are too large for floating point",
    tail("9007199254740993"),
    "9007199254740992",
    { next: "9007199254740994", nonce: "n9007199254740993" },
  ],
  ["begins at 1 when nothing was ever published", nothing, "0", { next: "1", nonce: null }],
  [
    "proves nothing when a published event is not there",
    tail("39"),
    "40",
    { why: "its events in the topics end at 39, but 40 was published" },
  ],
  [
    "proves nothing when no event is there",
    nothing,
    "40",
    { why: "its events in the topics end at 0, but 40 was published" },
  ],
  [
    "proves nothing when later events may have been removed",
    tail("46", ["accounts/3"]),
    "40",
    { why: "what accounts/3 held when event 40 was published has been removed from it" },
  ],
])("a lost position %s", (_what, found, publishedSeq, decision) => {
  expect(positionFromTail(found, publishedSeq)).toEqual(decision);
});
