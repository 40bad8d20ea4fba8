import { describe, expect, test } from "vitest";
import { type FingerprintedObservation, fingerprintObservation } from "../../src/core/fingerprint.ts";
import { type OnHold, whileOnHold } from "../../src/core/while-on-hold.ts";
import { documentOf } from "../support/scripted-connector.ts";

const gone: FingerprintedObservation = { id: "a", gone: true, at: null };
const present: FingerprintedObservation = { id: "a", present: true };
const seen = (displayName: string) =>
  fingerprintObservation(
    { id: "a", document: documentOf("a", { displayName, updatedAt: "2026-01-01" }) },
    [],
  );
const [old, newer] = [seen("old"), seen("newer")];
const other: FingerprintedObservation = { id: "other", gone: true, at: null };

const hash = "hash" in old ? old.hash : "";
const deleted: OnHold = { reason: "too-many-deletes", state: "waiting", hash: null };
const inserted: OnHold = { reason: "too-many-inserts", state: "waiting", hash };
const drifted: OnHold = { reason: "schema-drift", state: "waiting", hash };
const rejected = (held: OnHold): OnHold => ({ ...held, state: "rejected" });
const approved = (held: OnHold): OnHold => ({ ...held, state: "approved" });

type Outcome = "stays" | "leaves" | "renewed";

describe("an account on hold", () => {
  test.each<[string, OnHold, FingerprintedObservation[], Outcome, FingerprintedObservation[]]>([
    ["to be deleted, gone", deleted, [gone, gone], "stays", []],
    ["to be deleted, there", deleted, [present], "leaves", [present]],
    ["to be deleted, seen", deleted, [gone, old], "leaves", [old]],
    ["to be deleted, seen and gone again", deleted, [old, gone], "stays", [old]],
    ["to be deleted and rejected, seen", rejected(deleted), [old], "leaves", [old]],
    ["to be inserted, gone", inserted, [newer, gone], "leaves", [gone]],
    ["to be inserted, there", inserted, [present], "stays", []],
    ["to be inserted, as it waits", inserted, [old], "stays", []],
    ["to be inserted, newer", inserted, [old, newer], "renewed", []],
    ["to be inserted, back to what waits", inserted, [newer, old], "stays", []],
    ["approved for insertion, newer", approved(inserted), [newer], "renewed", []],
    ["rejected for insertion, the same", rejected(inserted), [old], "stays", []],
    ["rejected for insertion, newer", rejected(inserted), [newer], "leaves", [newer]],
    ["rejected for insertion, gone", rejected(inserted), [gone], "leaves", [gone]],
    ["of another shape, gone", drifted, [gone], "leaves", [gone]],
    ["of another shape, there", drifted, [present], "stays", []],
    ["of another shape, the same", drifted, [old], "stays", []],
    ["of another shape, newer: judged anew", drifted, [newer], "leaves", [newer]],
    ["of an approved shape, newer", approved(drifted), [newer], "renewed", []],
    ["of a rejected shape, the same", rejected(drifted), [old], "stays", []],
    ["of a rejected shape, newer", rejected(drifted), [newer], "leaves", [newer]],
  ])("%s", (_what, held, observations, outcome, compared) => {
    const result = whileOnHold([other, ...observations], new Map([["a", held]]));
    expect(result.observations).toEqual([other, ...compared]);
    expect(result.released).toEqual(outcome === "leaves" ? ["a"] : []);
    const {
      text,
      hash: newHash,
      upstreamTime,
    } = newer as Extract<FingerprintedObservation, { text: string }>;
    const renewed = [{ id: "a", document: { text, hash: newHash, upstreamTime } }];
    expect(result.renewed).toEqual(outcome === "renewed" ? renewed : []);
  });

  test("that the page does not observe stays as it is", () => {
    const result = whileOnHold([other], new Map([["a", inserted]]));
    expect(result).toEqual({ observations: [other], released: [], renewed: [] });
  });
});
