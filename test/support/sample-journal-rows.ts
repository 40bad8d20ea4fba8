import type { Op } from "../../src/core/change.ts";
import { eventValue, journalEntry } from "../../src/core/event.ts";
import type { JournalledEvent } from "./check-journal.ts";

export const observedAt = new Date("2026-03-01T12:00:00.250Z");

/** A row as a journal has it that nothing is wrong with, of shard 2 and source `hr`: each account named after its version. */
export function sampleRow(seq: number, accountId: string, version: number, op: Op) {
  const document = (text: string) => JSON.stringify({ id: accountId, displayName: text });
  const entry = journalEntry({
    op,
    source: "hr",
    connector: "bamboohr",
    topic: "accounts",
    accountId,
    version,
    before: op === "inserted" ? null : document(`v${version - 1}`),
    after: op === "deleted" ? null : document(`v${version}`),
    changed: [],
    upstreamTime: null,
    observedAt: observedAt.toISOString(),
    hash: sampleHash(version),
  });
  const { topic, key, hash } = entry;
  const value = eventValue(entry);
  const row = {
    shard: 2,
    seq: String(seq),
    version,
    op,
    topic,
    key,
    value,
    hash,
    batchNonce: `7${seq}`,
    observedAt,
  };
  return row satisfies Omit<JournalledEvent, "replay">;
}

export function sampleHash(version: number): string {
  return String(version).padStart(32, "0");
}
