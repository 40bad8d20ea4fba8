import { expect, test } from "vitest";
import { forgetRemoved, pruneSources } from "../../src/app/prune-sources.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { laneHarness, sourceConfig } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

/** A source with one account, paused by hand. */
async function paused() {
  const harness = await laneHarness();
  harness.script.polls.push({ pages: [{ observations: [seen("a")], cursor: 1 }] });
  await takeTurn(harness.lane, "poll", harness.ports);
  Object.assign(harness.store.state.sources.get(1) ?? {}, { state: "paused" });
  return harness;
}

const unlisted = [{ name: "acme", accounts: 1 }];

test("a source that is paused is removed with its accounts, one that runs stays as it is", async () => {
  const { store } = await paused();
  await store.applySources([sourceConfig({ name: "other" })]);
  const pruned = await pruneSources([...unlisted, { name: "other", accounts: 0 }], "ann", store);
  expect(pruned).toEqual([
    { name: "acme", accounts: 1, removal: "removed" },
    { name: "other", accounts: 0, removal: "running" },
  ]);
  expect(store.state.accounts.get(1)?.size).toBe(0);
  expect((await store.overview()).sources.map(({ name }) => name)).toEqual(["other"]);
});

test("killed after the removal, what is left is forgotten when somebody looks again", async () => {
  const { store } = await paused();
  const away = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "it is away");
  store.failNext("forgetRemoved", away, { applied: false });
  await expect(pruneSources(unlisted, "ann", store)).rejects.toBe(away);
  expect(store.state.accounts.get(1)?.size).toBe(1);
  await forgetRemoved(store);
  expect(store.state.accounts.get(1)?.size).toBe(0);
});

test("a turn that was decided before the removal commits nothing after it", async () => {
  const { store, lane, script, ports, events } = await paused();
  script.polls.push({
    pages: [{ observations: [seen("b")], cursor: 2 }],
    before: async () => void (await pruneSources(unlisted, "ann", store)),
  });
  await takeTurn(lane, "poll", ports);
  expect(await events()).toEqual(["inserted a v1"]);
  expect(store.state.accounts.get(1)?.size).toBe(0);
  expect(store.state.sources.get(1)).toMatchObject({ isRemoved: true, cursor: null, population: 0 });
});
