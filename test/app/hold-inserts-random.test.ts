import * as fc from "fast-check";
import { expect, test } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { Observation } from "../../src/core/account.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { fingerprint } from "../../src/core/fingerprint.ts";
import { type HoldHarness, gone, holdHarness } from "../support/hold-harness.ts";
import { documentOf, seen } from "../support/scripted-connector.ts";

const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");
const names = ["a", "b", "c", "d", "e", "f"];

/** What happens to one account upstream; a third of it is of a shape that none had before. */
const anyChange = fc.record({
  id: fc.constantFrom(...names),
  what: fc.constantFrom("gone", "set", "set", "drift"),
  value: fc.nat(3),
});

const anyStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("poll"), pages: fc.array(fc.array(anyChange), { maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("sweep") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("approve", "reject"), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("hold") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose"), applied: fc.boolean() }) },
);

type Step = {
  do: string;
  pages?: { id: string; what: string; value: number }[][];
  which?: number;
  applied?: boolean;
};

function observe(
  upstream: Map<string, Observation>,
  change: { id: string; what: string; value: number },
): Observation {
  const { id, what, value } = change;
  const attributes = { value, ...(what === "drift" ? { [`new${value}`]: true } : {}) };
  const observation = what === "gone" ? gone(id) : seen(id, { attributes });
  if (what === "gone") upstream.delete(id);
  else upstream.set(id, observation);
  return observation;
}

/** A sweep over everything that is there; look-ups say the same. */
async function sweep(harness: HoldHarness, upstream: Map<string, Observation>): Promise<void> {
  // An empty sweep waits for a person, which is another test's subject.
  const observations = [...upstream.values()];
  harness.script.sweeps.push({ pages: observations.length === 0 ? [] : [{ observations, cursor: "swept" }] });
  await takeTurn(harness.lane, "sweep", harness.ports);
}

async function play(harness: HoldHarness, upstream: Map<string, Observation>, step: Step): Promise<void> {
  const holds = await harness.store.holds();
  const hold = holds[(step.which ?? 0) % Math.max(1, holds.length)];
  switch (step.do) {
    case "poll": {
      const pages = (step.pages ?? []).map((changes, index) => ({
        observations: changes.map((change) => observe(upstream, change)),
        cursor: index,
      }));
      harness.script.polls.push({ pages });
      await takeTurn(harness.lane, "poll", harness.ports);
      break;
    }
    case "sweep":
      await sweep(harness, upstream);
      break;
    case "approve":
    case "reject":
      if (hold !== undefined) await harness.decide(step.do, hold.id);
      break;
    case "hold":
      await harness.carryOut();
      break;
    case "restart":
      await harness.restart();
      break;
    default:
      harness.store.failNext("commit", lost, { applied: step.applied ?? true });
  }
  harness.script.answers.clear();
  for (const [id, observation] of upstream) harness.script.answers.set(id, observation);
}

/** What consumers know after all events; every event has to fit what came before it. */
async function folded(harness: HoldHarness): Promise<Map<string, string>> {
  const known = new Map<string, { version: number; document: string | null }>();
  for (const { accountId, version, op, value } of await harness.journal()) {
    const before = known.get(accountId);
    expect(version).toBe((before?.version ?? 0) + 1);
    expect(op === "inserted").toBe(before === undefined || before.document === null);
    const { after } = JSON.parse(value) as { after: object | null };
    known.set(accountId, { version, document: after === null ? null : JSON.stringify(after) });
  }
  return new Map([...known].flatMap(([id, { document }]) => (document === null ? [] : [[id, document]])));
}

test("whatever waits, is decided, lost and read again: in the end consumers know what the upstream has", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { maxLength: 25 }),
      fc.nat(2),
      fc.boolean(),
      async (steps, insertLimit, holds) => {
        const drift = holds ? "hold" : "warn";
        const harness = await holdHarness(["a", "b"], { insertLimit, drift, deleteLimit: insertLimit * 2 });
        const upstream = new Map(["a", "b"].map((id) => [id, seen(id)]));
        for (const step of steps as Step[]) await play(harness, upstream, step);

        // Failures that were not met are met now. A sweep that had begun before may have left something to the next one.
        upstream.set("last", seen("last"));
        do await play(harness, upstream, { do: "poll" });
        while (harness.lane.source.failures > 0);
        for (let sweeps = 0; sweeps < 2; sweeps += 1) await play(harness, upstream, { do: "sweep" });
        for (const { id } of await harness.store.holds()) await harness.decide("approve", id);
        await harness.carryOut();
        const truth = [...upstream].map(([id, one]) => {
          const document = "document" in one ? one.document : documentOf(id);
          return [id, JSON.stringify(JSON.parse(fingerprint(document, []).text))];
        });
        expect(await folded(harness)).toEqual(new Map(truth as [string, string][]));
        expect(await harness.holds()).toEqual([]);
        expect(harness.lane.source.population).toBe(upstream.size);
      },
    ),
    { numRuns: 150 },
  );
});
