import { describe, expect, test } from "vitest";
import { type Applied, judgeRecord, parseEvent } from "../../src/consumer/index.ts";
import { type Sample, sampleRecord } from "./sample-records.ts";

const samples = {
  insert: (version: number): Sample => ({ op: "inserted", version, after: "a" }),
  update: (version: number): Sample => ({ op: "updated", version, before: "a", after: "b" }),
  delete: (version: number): Sample => ({ op: "deleted", version, before: "b" }),
  snapshot: (version: number): Sample => ({ op: "snapshot", version, after: "s" }),
  pointer: (version: number): Sample => ({ op: "updated", version, isPointer: true }),
  "pointer of a delete": (version: number): Sample => ({ op: "deleted", version, isPointer: true }),
};

/** A record by its name and version, such as `update 3`, `replayed update 3` or `tombstone 3`. */
function record(name: string) {
  const [, replayed, kind = "", version] = /^(replayed )?(.+) (\d+)$/.exec(name) ?? [];
  const isTombstone = kind === "tombstone";
  const sample = samples[isTombstone ? "delete" : (kind as keyof typeof samples)](Number(version));
  const { headers, ...rest } = sampleRecord(sample);
  return parseEvent({
    ...rest,
    ...(isTombstone && { value: null }),
    headers: { ...headers, ...(replayed !== undefined && { "tidemark-replay": `4/3:${version}` }) },
  });
}

function judged(name: string, applied: Applied | null, isCompacted = false): string {
  const judgement = judgeRecord(record(name), applied, { isCompacted });
  return judgement.kind === "gap" ? `gap ${judgement.from}-${judgement.to}` : judgement.kind;
}

describe("on a topic that keeps every record", () => {
  test.each<[name: string, applied: number | null, judgement: string]>([
    ["insert 1", null, "apply"],
    ["update 4", 3, "apply"],
    ["delete 4", 3, "apply"],
    ["insert 5", 4, "apply"],
    ["pointer 4", 3, "apply"],
    ["pointer of a delete 4", 3, "apply"],

    ["insert 1", 1, "ignore"],
    ["update 3", 3, "ignore"],
    ["update 3", 7, "ignore"],
    ["delete 3", 4, "ignore"],
    ["pointer 3", 3, "ignore"],

    ["update 5", 3, "gap 4-4"],
    ["delete 9", 3, "gap 4-8"],
    ["insert 9", 3, "gap 4-8"],
    ["pointer 5", 3, "gap 4-4"],
    ["update 4", null, "gap 1-3"],

    ["snapshot 7", null, "apply"],
    ["snapshot 7", 3, "apply"],
    ["snapshot 7", 7, "ignore"],
    ["snapshot 7", 8, "ignore"],

    ["replayed update 5", null, "apply"],
    ["replayed update 5", 3, "apply"],
    ["replayed update 5", 5, "ignore"],
    ["replayed insert 1", 6, "ignore"],
    ["replayed delete 5", 6, "ignore"],
    ["replayed snapshot 5", 3, "apply"],
  ])("%s after version %j: %s", (name, version, judgement) => {
    expect(judged(name, version === null ? null : { version })).toBe(judgement);
  });
});

describe("on a compacted topic versions only rise", () => {
  test.each<[name: string, applied: number | null, judgement: string]>([
    ["update 4", null, "apply"],
    ["update 9", 3, "apply"],
    ["snapshot 9", 3, "apply"],
    ["update 3", 3, "ignore"],
    ["tombstone 4", 4, "ignore"],
    ["tombstone 4", 5, "ignore"],
    ["tombstone 4", 2, "apply"],
    ["tombstone 4", null, "apply"],
  ])("%s after version %j: %s", (name, version, judgement) => {
    expect(judged(name, version === null ? null : { version }, true)).toBe(judgement);
  });
});

describe("after a pointer", () => {
  const applied = { version: 4, isPointer: true };

  test.each<[name: string, judgement: string]>([
    ["snapshot 4", "apply"],
    ["replayed update 4", "apply"],
    ["update 4", "apply"],
    ["pointer 4", "ignore"],
    ["snapshot 3", "ignore"],
    ["update 5", "apply"],
    ["update 6", "gap 5-5"],
  ])("%s: %s, as the document of version 4 is still wanted", (name, judgement) => {
    expect(judged(name, applied)).toBe(judgement);
  });

  test("a tombstone brings no document", () => {
    expect(judged("tombstone 4", applied, true)).toBe("ignore");
  });
});
