import { describe, expect, it } from "vitest";
import { createHandover } from "../../src/app/handover.ts";
import type { NewEntry } from "../../src/core/change.ts";

function entries(count: number, document = "{}"): NewEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    accountId: `a${index}`,
    version: 1,
    op: "inserted",
    topic: "t",
    key: `s/a${index}`,
    head: "",
    document,
    tail: "",
    hash: "0".repeat(32),
    observedAt: "2026-01-01T00:00:00.000Z",
  }));
}

const numbers = (rows: readonly { seq: string }[]) => rows.map(({ seq }) => Number(seq));

describe("the handover", () => {
  it("gives what is exactly the next, chunk after chunk, whatever the order they came in", () => {
    const handover = createHandover();
    handover.put(3n, entries(2), "2");
    handover.put(1n, entries(2), "1");
    const rows = handover.take(1n, 100);
    expect(numbers(rows)).toEqual([1, 2, 3, 4]);
    expect(rows.map(({ batchNonce }) => batchNonce)).toEqual(["1", "1", "2", "2"]);
    expect(handover.take(5n, 100)).toEqual([]);
  });

  it("gives nothing across a gap: the journal has to be read", () => {
    const handover = createHandover();
    handover.put(5n, entries(1), "1");
    expect(handover.take(4n, 100)).toEqual([]);
    expect(numbers(handover.take(5n, 100))).toEqual([5]);
  });

  it("gives nothing once when it holds a number that was published already: the journal must tell why", () => {
    const handover = createHandover();
    handover.put(1n, entries(1), "1");
    handover.put(2n, entries(1), "2");
    expect(handover.take(2n, 100)).toEqual([]);
    expect(numbers(handover.take(2n, 100))).toEqual([2]);
  });

  it("keeps a bounded amount and leaves the rest to the journal", () => {
    const handover = createHandover();
    const megabyte = "x".repeat(1024 * 1024);
    for (let seq = 1n; seq <= 6n; seq += 1n) handover.put(seq, entries(1, megabyte), "1");
    expect(numbers(handover.take(1n, 100))).toEqual([1, 2, 3, 4]);
    handover.put(7n, entries(1, megabyte), "1");
    expect(handover.take(5n, 100)).toEqual([]);
    expect(numbers(handover.take(7n, 100))).toEqual([7]);
  });

  it("stops at about the limit", () => {
    const handover = createHandover();
    for (let chunk = 0n; chunk < 5n; chunk += 1n) handover.put(chunk * 10n + 1n, entries(10), "1");
    expect(handover.take(1n, 25)).toHaveLength(30);
  });
});
