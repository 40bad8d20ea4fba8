import { accountDocument } from "../../src/core/account.ts";
import { canonicalJson } from "../../src/core/canonical-json.ts";
import type { Op } from "../../src/core/change.ts";
import { eventRecord } from "../../src/core/event-record.ts";
import { eventValue, journalEntry } from "../../src/core/event.ts";
import type { KafkaRecord } from "../../src/consumer/index.ts";

export interface Sample {
  op: Op;
  version: number;
  id?: string;
  seq?: number;
  /** Email before and after; null is no account. */
  before?: string | null;
  after?: string | null;
  /** As on a topic that does not take the event. */
  isPointer?: boolean;
}

/** A record as the worker publishes it. */
export function sampleRecord({ op, version, id = "7", seq = version, ...sample }: Sample) {
  const { before = null, after = null, isPointer = false } = sample;
  const documentOf = (email: string | null) =>
    email === null ? null : canonicalJson({ ...accountDocument({ id, email }, { team: "ä" }) });
  const row = journalEntry({
    op,
    source: "acme",
    connector: "sailpoint",
    topic: "t",
    accountId: id,
    version,
    before: documentOf(before),
    after: documentOf(after),
    changed: op === "updated" ? ["email"] : [],
    upstreamTime: null,
    observedAt: "2026-05-04T03:02:01.000Z",
    hash: "0123456789abcdef0123456789abcdef",
  });
  const stored = { ...row, value: eventValue(row), seq: String(seq), batchNonce: "42" };
  return eventRecord(stored, 3, isPointer ? 0 : Number.POSITIVE_INFINITY) satisfies KafkaRecord;
}
