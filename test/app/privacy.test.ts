import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import type { PrivacyRules } from "../../src/core/privacy-rules.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const secret = "078-05-1120";
const rules: PrivacyRules = {
  strict: false,
  keep: [],
  drop: ["attributes.ssn", "userName"],
  mask: ["attributes.phone"],
  hash: ["email"],
  key: "${env:KEY}",
};
/** An account that carries the secret wherever a rule is. */
const fields = {
  userName: secret,
  email: secret,
  attributes: { ssn: secret, phone: secret, family: [{ ssn: "none" }], city: "Rome" },
};

/** Everything that a database would hold, as text. */
function stored(harness: Awaited<ReturnType<typeof laneHarness>>): string {
  const all = { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity };
  return inspect(harness.store.state, all) + inspect(harness.log.lines, all);
}

describe("a source with privacy rules", () => {
  it("stores, journals and publishes nothing that a rule takes away: inserts, updates, deletes", async () => {
    const harness = await laneHarness({ privacy: rules });
    const { lane, ports, script, events } = harness;
    script.polls.push({ pages: [{ observations: [seen("a", fields)], cursor: 1 }] });
    await takeTurn(lane, "poll", ports);
    const moved = { ...fields, attributes: { ...fields.attributes, city: "Bern" } };
    script.polls.push({ pages: [{ observations: [seen("a", moved)], cursor: 2 }] });
    await takeTurn(lane, "poll", ports);
    script.polls.push({ pages: [{ observations: [{ id: "a", gone: true, at: null }], cursor: 3 }] });
    await takeTurn(lane, "poll", ports);
    expect(await events()).toEqual(["inserted a v1", "updated a v2", "deleted a v3"]);
    expect(stored(harness)).toContain("Bern");
    expect(stored(harness)).toContain("hmac-sha256:");
    expect(stored(harness)).not.toContain(secret);
    const [, updated] = await harness.journal();
    expect(JSON.parse(updated?.value ?? "")).toMatchObject({ changed: ["attributes.city"] });
  });

  it("a change of what is taken away is no change; of what is hashed it is one", async () => {
    const { lane, ports, script, events } = await laneHarness({ privacy: rules });
    const variants = [fields, { ...fields, userName: "other" }, { ...fields, email: "other" }];
    for (const [cursor, variant] of variants.entries()) {
      script.polls.push({ pages: [{ observations: [seen("a", variant)], cursor }] });
      await takeTurn(lane, "poll", ports);
    }
    expect(await events()).toEqual(["inserted a v1", "updated a v2"]);
  });

  it("holds for what is fetched because it merely exists, in polls and in sweeps", async () => {
    const harness = await laneHarness({ privacy: rules });
    const { lane, ports, script, events } = harness;
    for (const id of ["a", "b"]) script.answers.set(id, seen(id, fields));
    script.polls.push({ pages: [{ observations: [{ id: "a", present: true }], cursor: 1 }] });
    await takeTurn(lane, "poll", ports);
    script.sweeps.push({
      pages: [
        {
          observations: [
            { id: "a", present: true },
            { id: "b", present: true },
          ],
          cursor: 1,
        },
      ],
    });
    await takeTurn(lane, "sweep", ports);
    expect(await events()).toEqual(["inserted a v1", "inserted b v1"]);
    expect(stored(harness)).not.toContain(secret);
  });

  it("quarantines what is left of an item, and of one without members what it was", async () => {
    const harness = await laneHarness({ privacy: rules });
    const { lane, ports, script } = harness;
    script.polls.push({
      pages: [
        {
          observations: [seen("a")],
          rejected: [
            { raw: { ssn: secret, phone: secret, city: "Rome" }, reason: "no id" },
            { raw: secret, reason: "no object" },
          ],
          cursor: 1,
        },
      ],
    });
    await takeTurn(lane, "poll", ports);
    const raws = [...harness.store.state.quarantine.values()].map(({ raw }) => raw);
    expect(raws).toEqual([{ phone: "***", city: "Rome" }, "string of 13 bytes"]);
    expect(stored(harness)).not.toContain(secret);
  });
});
