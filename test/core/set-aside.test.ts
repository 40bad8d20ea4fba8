import { describe, expect, test } from "vitest";
import { type FingerprintedObservation, fingerprintObservation } from "../../src/core/fingerprint.ts";
import { setAside } from "../../src/core/set-aside.ts";
import { documentOf } from "../support/scripted-connector.ts";

const gone: FingerprintedObservation = { id: "a", gone: true, at: null };
const present: FingerprintedObservation = { id: "a", present: true };
const seen = (displayName: string) =>
  fingerprintObservation({ id: "a", document: documentOf("a", { displayName }) }, []);
const known = seen("as before");
const [drifted, again] = [seen("drifted"), seen("drifted again")];
const other: FingerprintedObservation = { id: "other", present: true };

describe("documents are set aside", () => {
  test.each<
    [string, FingerprintedObservation[], FingerprintedObservation | null, FingerprintedObservation[]]
  >([
    ["and wait", [drifted], drifted, []],
    ["and what came before them does not", [known, drifted], drifted, [known]],
    ["the last one waits", [drifted, again], again, []],
    ["unless another one follows", [drifted, known], null, [known]],
    ["unless the account is gone by then", [drifted, gone], null, [gone]],
    ["also when it had been gone", [gone, drifted], drifted, [gone]],
    ["and that the account exists says nothing more", [drifted, present], drifted, []],
  ])("%s", (_what, observations, waits, left) => {
    const result = setAside([other, ...observations], new Set([drifted, again]));
    expect(result.observations).toEqual([other, ...left]);
    expect(result.changes.map(({ id, document }) => ({ id, ...document }))).toEqual(
      waits === null ? [] : [waits],
    );
  });
});
