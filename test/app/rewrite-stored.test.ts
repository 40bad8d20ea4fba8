import { describe, expect, it } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import type { PrivacyRules } from "../../src/core/privacy-rules.ts";
import type { Rewrite } from "../../src/ports/store.ts";
import { type HoldHarness, holdHarness, manyIds } from "../support/hold-harness.ts";
import { privacyOf, sourceConfig } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

const secret = "078-05-1120";
const none = { strict: false, keep: [], drop: [], mask: [], hash: [] };
const dropping: PrivacyRules = { ...none, drop: ["attributes.ssn"] };
const hashing: PrivacyRules = { ...none, hash: ["attributes.ssn"], key: "${env:KEY}" };
const lost = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");
const far = 30 * 86_400_000;

function person(id: string) {
  return seen(id, { email: `${id}@example.com`, attributes: { ssn: secret, city: "Rome" } });
}

/** A source that was loaded without rules. */
async function loaded(count: number): Promise<HoldHarness & { rewrites: Rewrite[] }> {
  const harness = await holdHarness([]);
  await harness.poll(manyIds(count).map(person));
  const rewrites: Rewrite[] = [];
  const { rewriteStored } = harness.store;
  harness.store.rewriteStored = (rewrite) => {
    rewrites.push(rewrite);
    return rewriteStored(rewrite);
  };
  return Object.assign(harness, { rewrites });
}

/** Applies other rules, as `tidemark apply` does. */
async function apply({ lane, store }: HoldHarness, privacy: PrivacyRules | null): Promise<void> {
  await store.applySources([sourceConfig({ everyMs: far, sweepEveryMs: far, privacy })]);
  lane.isOutdated = true;
}

function documents({ store, lane }: HoldHarness): string[] {
  return [...(store.state.accounts.get(lane.source.id)?.values() ?? [])].map(
    ({ document }) => document ?? "",
  );
}

describe("when privacy rules change", () => {
  it("what is stored is rewritten before anything else, without events: no update publishes it as the state before", async () => {
    const harness = await loaded(450);
    const { length } = await harness.journal();
    await apply(harness, dropping);
    await harness.poll([...manyIds(449).map(person), seen("a449", { email: "new@example.com" })]);
    const [updated, ...more] = (await harness.journal()).slice(length);
    expect(more).toEqual([]);
    expect(updated).toMatchObject({ op: "updated", accountId: "a449", version: 2 });
    expect(updated?.value).not.toContain(secret);
    expect(updated?.value).toContain('"before":{"attributes":{"city":"Rome"}');
    expect(documents(harness).join()).not.toContain(secret);
    expect(harness.rewrites.map(({ accounts }) => accounts.length)).toEqual([200, 200, 50, 0]);
    expect(harness.lane.source.privacyApplied).toBe(privacyOf({ privacy: dropping })?.fingerprint);
    expect(harness.log.lines).toContainEqual({
      level: "info",
      message: "privacy.applied",
      fields: { source: "acme", accounts: 450, held: 0, items: 0 },
    });
  });

  it("a person waits for one slice of it; then it goes on with what is left", async () => {
    const harness = await loaded(450);
    await apply(harness, dropping);
    const written = () => harness.rewrites.map(({ accounts }) => accounts.length);
    harness.lane.isAwaited = true;
    await takeTurn(harness.lane, "poll", harness.ports);
    expect(written()).toEqual([200]);
    harness.lane.isAwaited = false;
    await harness.poll(manyIds(450).map(person));
    expect(written()).toEqual([200, 200, 50, 0]);
  });

  it("whatever the turn is, a sweep or the carrying out of holds", async () => {
    for (const turn of ["sweep", "hold"] as const) {
      const harness = await loaded(3);
      await apply(harness, dropping);
      await (turn === "sweep" ? harness.sweep(manyIds(3)) : harness.carryOut());
      const events = (await harness.journal()).slice(3).map(({ value }) => value);
      expect(events.join()).not.toContain(secret);
      expect(documents(harness).join()).not.toContain(secret);
    }
  });

  it("rules that stay cost nothing, written in another order or not", async () => {
    const harness = await loaded(3);
    await apply(harness, dropping);
    await harness.poll([]);
    const before = harness.rewrites.length;
    await apply(harness, { ...dropping, drop: ["attributes.ssn", "attributes.ssn"] });
    await harness.poll([]);
    await harness.restart();
    await harness.poll([]);
    expect(harness.rewrites).toHaveLength(before);
  });

  it("rules that are taken away change nothing that is stored; what is observed next brings it back", async () => {
    const harness = await loaded(2);
    await apply(harness, dropping);
    await harness.poll([]);
    await apply(harness, null);
    await harness.poll([person("a000")]);
    expect(harness.lane.source.privacyApplied).toBeNull();
    expect((await harness.events()).slice(2)).toEqual(["updated a000 v2"]);
    expect(documents(harness)[0]).toContain(secret);
    expect(documents(harness)[1]).not.toContain(secret);
  });

  it("a new key makes other hashes of what is read again, and cannot hash anew what is hashed", async () => {
    const harness = await loaded(2);
    await apply(harness, hashing);
    await harness.poll([]);
    const before = documents(harness);
    await apply(harness, { ...hashing, key: "${env:OTHER}" });
    await harness.poll([person("a000")]);
    expect(documents(harness)[1]).toBe(before[1]);
    expect(documents(harness)[0]).toMatch(/hmac-sha256:/);
    expect(documents(harness)[0]).not.toBe(before[0]);
    expect((await harness.events()).slice(2)).toEqual(["updated a000 v2"]);
  });

  it("documents on hold and items in quarantine are rewritten, too", async () => {
    const harness = await loaded(1);
    await harness.store.applySources([
      sourceConfig({ everyMs: far, sweepEveryMs: far, insertLimit: 0, privacy: null }),
    ]);
    harness.lane.isOutdated = true;
    await harness.poll([person("new")]);
    harness.script.polls.push({
      pages: [{ observations: [], rejected: [{ raw: { ssn: secret, x: 1 }, reason: "no id" }], cursor: 9 }],
    });
    await takeTurn(harness.lane, "poll", harness.ports);
    const { id: sourceId } = harness.lane.source;
    const slice = { sourceId, after: null, limit: 9, maxBytes: 10_000 };
    expect((await harness.store.heldDocuments(slice))[0]?.document).toContain(secret);
    await apply(harness, dropping);
    await harness.poll([]);
    const [held] = await harness.store.heldDocuments(slice);
    expect(held?.document).toContain('"attributes":{"city":"Rome"}');
    expect(await harness.store.quarantinedRaws(slice)).toMatchObject([{ raw: { x: 1 } }]);
    const [onHold] = await harness.store.heldAmong(sourceId, ["new"]);
    await harness.poll([person("new")]);
    expect(await harness.store.heldAmong(sourceId, ["new"])).toEqual([onHold]);
  });
});

describe("killed while it rewrites", () => {
  it.each([true, false])(
    "the rest is rewritten, and nothing is polled before that (the last slice took effect: %s)",
    async (applied) => {
      const harness = await loaded(450);
      await apply(harness, dropping);
      const polls = harness.script.asked.polls.length;
      harness.store.failNext("rewriteStored", lost, { applied: true });
      await harness.poll([person("a000")]);
      harness.store.failNext("rewriteStored", lost, { applied });
      await harness.restart();
      await harness.poll([person("a000")]);
      expect(harness.script.asked.polls).toHaveLength(polls);
      expect(harness.lane.source.privacyApplied).toBeNull();

      harness.rewrites.length = 0;
      await harness.restart();
      await harness.poll([person("a000")]);
      expect(documents(harness).join()).not.toContain(secret);
      expect(harness.rewrites.flatMap(({ accounts }) => accounts)).toHaveLength(applied ? 50 : 250);
      expect((await harness.events()).slice(450)).toEqual([]);
      expect(harness.lane.source.privacyApplied).not.toBeNull();
    },
  );

  it("a worker that has lost its shard meanwhile rewrites nothing and gives it up", async () => {
    const harness = await loaded(3);
    await apply(harness, dropping);
    await harness.takeOver();
    await harness.poll([person("a000")]);
    expect(documents(harness).join()).toContain(secret);
    expect(harness.shard.signal.aborted).toBe(true);
  });

  it("a revision that has moved is read again before the next try", async () => {
    const harness = await loaded(3);
    await apply(harness, dropping);
    const { loadSource } = harness.store;
    harness.store.loadSource = async (id) => {
      const source = await loadSource(id);
      return source === null ? null : { ...source, revision: "0" };
    };
    await harness.poll([]);
    expect(documents(harness).join()).toContain(secret);
    harness.store.loadSource = loadSource;
    await harness.poll([]);
    expect(documents(harness).join()).not.toContain(secret);
  });
});
