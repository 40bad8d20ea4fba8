import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Circuit,
  type Finding,
  changes,
  closedCircuit,
  finds,
  mayTryAt,
  tries,
  waitsWithOthers,
} from "../../src/core/circuit.ts";

const always = Number.NEGATIVE_INFINITY;
const never = Number.POSITIVE_INFINITY;

/** What happens to a circuit: source 1 finds something, or a person changes it. Pauses are 100 ms per failure in a row; it is always 1,000. */
type Step = [source: number, finding: Finding | "tries" | "changed", isNew?: "new"];

function after(...steps: Step[]): Circuit {
  return steps.reduce((circuit, [source, what, isNew]) => {
    if (what === "tries") return tries(circuit, source);
    if (what === "changed") return changes(circuit, source);
    const by = {
      source,
      isNew: isNew === "new",
      nowMs: 1_000,
      backOffMs: (failures: number) => failures * 100,
    };
    return finds(circuit, what, by);
  }, closedCircuit);
}

const down: Step[] = [1, 2, 1, 2, 1].map((source): Step => [source, "unavailable"]);
const isOpen = (...steps: Step[]) => after(...steps).open !== null;

describe("an upstream that is out of order", () => {
  test("opens the circuit after five failures in a row, of at least two sources", () => {
    expect(isOpen(...down.slice(1))).toBe(false);
    expect(after(...down).open).toMatchObject({ why: "unavailable", probeAtMs: 1_500 });
    expect(isOpen(...down.slice(1), [3, "answered"], ...down.slice(1))).toBe(false);
    const alone = Array.from({ length: 20 }, (): Step => [1, "unavailable"]);
    expect(isOpen(...alone)).toBe(false);
    expect(isOpen(...down.slice(1), [3, "nothing"])).toBe(false);
  });

  test("is tried by one source at a time, after a pause that grows", () => {
    expect(mayTryAt(after(...down), 7)).toBe(1_500);
    const probing = after(...down, [3, "tries"]);
    expect(mayTryAt(probing, 7)).toBe(never);
    expect(mayTryAt(probing, 3)).toBe(always);
    const failed = after(...down, [3, "tries"], [3, "unavailable"]);
    expect(mayTryAt(failed, 7)).toBe(1_600);
    expect(mayTryAt(after(...down, [3, "tries"], [3, "unavailable"], [7, "tries"]), 3)).toBe(never);
  });

  test("is there again for all as soon as one is answered, also one that had been under way", () => {
    expect(after(...down, [3, "tries"], [3, "answered"])).toEqual({ ...closedCircuit, hasWorked: true });
    expect(isOpen(...down, [3, "tries"], [2, "answered"])).toBe(false);
  });

  test("failures of those that were under way when it opened tell nothing new", () => {
    expect(after(...down, [4, "unavailable"])).toEqual(after(...down));
  });

  test("a try that ends for a reason of its own lets another source try, after the same pause", () => {
    const left = after(...down, [3, "tries"], [3, "nothing"]);
    expect(left.open).toMatchObject({ probe: null, probeAtMs: 1_500 });
    expect(after(...down, [3, "tries"], [4, "nothing"]).open?.probe).toBe(3);
  });
});

describe("a credential that is refused", () => {
  const revoked: Step[] = [
    [1, "answered"],
    [1, "refused"],
  ];
  const confirmed: Step[] = [...revoked, [2, "tries"], [2, "refused"]];

  test("opens the circuit at once, until one other source has tried", () => {
    expect(after(...revoked).open).toMatchObject({ why: "refused", probeAtMs: 1_100 });
    expect(isOpen(...revoked, [2, "tries"], [2, "answered"]), "the first one's own trouble").toBe(false);
  });

  test("that was refused to two waits for a person", () => {
    expect(mayTryAt(after(...confirmed), 3)).toBe(never);
    expect(mayTryAt(after(...revoked, [2, "refused"]), 3), "two that were under way at once").toBe(never);
  });

  test("halts one source only; the others wait with it", () => {
    expect(waitsWithOthers(closedCircuit, 1)).toBe(false);
    expect(waitsWithOthers(after(...revoked), 2)).toBe(true);
    expect(waitsWithOthers(after(...down), 2)).toBe(false);
  });

  test("is tried by the sources that a person has changed, one after another, and by no other", () => {
    const changed: Step[] = [...confirmed, [1, "changed"], [3, "changed"]];
    expect([1, 2, 3].map((source) => mayTryAt(after(...changed), source))).toEqual([always, never, always]);
    expect(mayTryAt(after(...changed, [1, "tries"]), 3)).toBe(never);
    expect(waitsWithOthers(after(...changed), 1), "who has changed it is told").toBe(false);
    const wrongAgain = after(...changed, [1, "tries"], [1, "refused"]);
    expect([1, 2, 3].map((source) => mayTryAt(wrongAgain, source))).toEqual([never, never, always]);
    expect(isOpen(...changed, [3, "tries"], [3, "answered"])).toBe(false);
  });

  test("says nothing about the others when it is a new source's, and others are answered", () => {
    expect(isOpen([1, "answered"], [9, "refused", "new"])).toBe(false);
    expect(isOpen([9, "refused", "new"])).toBe(true);
  });

  test("is not good again because of an answer to a request that was under way", () => {
    expect(isOpen(...revoked, [3, "answered"])).toBe(true);
  });

  test("counts more than an upstream that is out of order", () => {
    expect(after(...down, [3, "tries"], [3, "refused"]).open).toMatchObject({ why: "refused", probe: null });
    expect(after(...confirmed, [1, "changed"], [1, "tries"], [1, "unavailable"]).open).toMatchObject({
      why: "refused",
      probeAtMs: never,
    });
  });
});

test("whatever happens, an open circuit lets at most one source try, and an answer to that one closes it", () => {
  const findings = ["answered", "unavailable", "refused", "nothing", "tries", "changed"] as const;
  const anyStep = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(...findings));
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const circuit = after(...steps);
      const { open } = circuit;
      if (open === null) return;
      const probe = open.probe ?? 5;
      const trying = tries(circuit, probe);
      const allowed = [1, 2, 3, 4, 5].filter((source) => mayTryAt(trying, source) < never);
      expect(allowed).toEqual([probe]);
      const by = { source: probe, isNew: false, nowMs: 0, backOffMs: () => 0 };
      expect(finds(trying, "answered", by).open).toBeNull();
    }),
  );
});
