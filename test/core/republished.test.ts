import { expect, test } from "vitest";
import type { KnownAccount } from "../../src/core/change.ts";
import { diff } from "../../src/core/diff.ts";
import { eventValue } from "../../src/core/event.ts";
import { fingerprintObservation } from "../../src/core/fingerprint.ts";
import { republished } from "../../src/core/republished.ts";
import { noFingerprint } from "../../src/core/restored-event.ts";
import { seen } from "../support/scripted-connector.ts";

const source = { name: "acme", connector: "scripted", topic: "t", volatile: ["attributes.seenAt"] };
const observedAt = "2026-03-01T10:00:00.000Z";
const told = { observedAt, replay: "7" };
const print = (...observations: Parameters<typeof fingerprintObservation>[0][]) =>
  observations.map((one) => fingerprintObservation(one, source.volatile));

/** An account that is known as it was observed. */
function known(id: string, version: number, different: Partial<KnownAccount> = {}): [string, KnownAccount] {
  const updatedAt = "2026-02-01T00:00:00.000Z";
  const [observation] = print(seen(id, { updatedAt, attributes: { seenAt: "then" } }));
  if (observation === undefined || !("text" in observation)) throw new Error("it has a document");
  return [id, { id, version, hash: observation.hash, document: observation.text, ...different }];
}

test("an account that was observed as it is known comes again as it is known", () => {
  const accounts = new Map([known("a", 3), known("b", 1)]);
  const observations = print(
    seen("a", { updatedAt: "2026-02-01T00:00:00.000Z", attributes: { seenAt: "now" } }),
    { id: "b", present: true },
    { id: "a", present: true },
  );
  const { entries } = diff(source, accounts, observations, observedAt);
  const again = republished(source, accounts, observations, entries, told);
  expect(again).toMatchObject([
    { accountId: "a", version: 3, op: "snapshot", key: "acme/a", replay: { id: "7", originSeq: null } },
    { accountId: "b", version: 1, op: "snapshot" },
  ]);
  const [first] = again;
  expect(first?.document).toBe(accounts.get("a")?.document);
  if (first === undefined) throw new Error("there is one");
  expect(JSON.parse(eventValue(first))).toMatchObject({
    before: null,
    after: { id: "a", attributes: { seenAt: "then" } },
    upstreamTime: "2026-02-01T00:00:00.000Z",
    observedAt,
  });
});

test("what changed, is new, gone, or only known to live does not", () => {
  const accounts = new Map([
    known("changed", 1),
    known("deleted", 2, { document: null }),
    known("going", 1),
    known("pointer", 4, { hash: noFingerprint }),
  ]);
  const observations = print(
    seen("changed", { userName: "new" }),
    seen("new"),
    { id: "deleted", gone: true, at: null },
    { id: "going", gone: true, at: null },
    { id: "pointer", present: true },
    { id: "unknown", present: true },
  );
  const { entries } = diff(source, accounts, observations, observedAt);
  expect(entries).toHaveLength(3);
  expect(republished(source, accounts, observations, entries, told)).toEqual([]);
});
