import { describe, expect, it } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { laneHarness } from "../support/lane-harness.ts";
import { seen } from "../support/scripted-connector.ts";

describe("a poll", () => {
  it("journals inserts, updates and deletes with gapless versions, whatever the upstream calls them", async () => {
    const { lane, ports, script, events } = await laneHarness();
    script.polls.push({
      pages: [
        { observations: [seen("a"), seen("b")], cursor: 1 },
        {
          observations: [seen("a", { email: "a@x" }), { id: "b", gone: true, at: null }, seen("c")],
          cursor: 2,
        },
      ],
    });
    await takeTurn(lane, "poll", ports);
    script.polls.push({ pages: [{ observations: [seen("b"), seen("c")], cursor: 3 }] });
    await takeTurn(lane, "poll", ports);
    expect(await events()).toEqual([
      "inserted a v1",
      "inserted b v1",
      "updated a v2",
      "deleted b v2",
      "inserted c v1",
      "inserted b v3",
    ]);
  });

  it("produces nothing when a page is read again, and writes nothing but the source's row", async () => {
    const { lane, ports, script, events, store } = await laneHarness();
    const pages = [{ observations: [seen("a"), seen("b")], cursor: 1 }];
    script.polls.push(
      { pages },
      { pages: [{ ...pages[0], observations: pages[0]!.observations, cursor: 2 }] },
    );
    await takeTurn(lane, "poll", ports);
    const passes = store.state.passes.size;
    let commits = 0;
    const commit: typeof store.commit = (step) => {
      commits += 1;
      return store.commit(step);
    };
    await takeTurn(lane, "poll", { ...ports, store: { ...store, commit } });
    expect(await events()).toHaveLength(2);
    expect(store.state.passes.size).toBe(passes);
    expect(commits).toBe(1);
    expect((await store.loadSource(1))?.cursor).toBe(2);
  });

  it("resumes from the page after the last committed one when it fails in the middle", async () => {
    const { lane, ports, script, events } = await laneHarness();
    script.polls.push({
      pages: [{ observations: [seen("a")], cursor: "after a" }],
      error: new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502"),
    });
    await takeTurn(lane, "poll", ports);
    expect(lane.source.failures).toBe(1);
    await takeTurn(lane, "poll", ports);
    expect(script.asked.polls).toEqual([null, "after a"]);
    expect(await events()).toEqual(["inserted a v1"]);
    expect(lane.source.failures).toBe(0);
  });

  it("keeps the place that a page without changes has told right before the pass fails", async () => {
    const { lane, ports, script } = await laneHarness();
    const error = new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "the list moved too much");
    script.polls.push({ pages: [{ observations: [], cursor: "start anew" }], error });
    await takeTurn(lane, "poll", ports);
    await takeTurn(lane, "poll", ports);
    expect(script.asked.polls).toEqual([null, "start anew"]);
  });

  it("waits as long as the upstream asks", async () => {
    const { lane, ports, script, clock } = await laneHarness();
    script.polls.push({
      pages: [],
      error: new RetryableError("TIDEMARK_UPSTREAM_THROTTLED", "slow down", { retryAfterMs: 90_000 }),
    });
    await takeTurn(lane, "poll", ports);
    expect(lane.pollDueAtMs - clock.monotonicMs()).toBe(90_000);
  });

  it("keeps its cursor and publishes nothing when its commit's outcome is lost but applied: the page is compared anew", async () => {
    const { lane, ports, script, events, store } = await laneHarness();
    const page = { observations: [seen("a")], cursor: 1 };
    script.polls.push({ pages: [page] }, { pages: [page] });
    store.failNext("commit", new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "connection lost"), {
      applied: true,
    });
    await takeTurn(lane, "poll", ports);
    await takeTurn(lane, "poll", ports);
    expect(await events()).toEqual(["inserted a v1"]);
    expect(script.asked.polls).toEqual([null, 1]);
  });

  it("changes nothing after another process has taken the shard, and stops working for it", async () => {
    const { lane, shard, ports, script, events, takeOver } = await laneHarness();
    await takeOver();
    script.polls.push({ pages: [{ observations: [seen("a")], cursor: 1 }] });
    await takeTurn(lane, "poll", ports);
    expect(await events()).toEqual([]);
    expect(shard.signal.aborted).toBe(true);
    expect(shard.mayCommit()).toBe(false);
  });

  it("reads the source again when somebody else has moved it, and then goes on", async () => {
    const { lane, ports, script, events, store } = await laneHarness();
    const stale = lane.source.revision;
    script.polls.push({ pages: [{ observations: [seen("a")], cursor: 1 }] });
    await takeTurn(lane, "poll", ports);
    lane.source = { ...lane.source, revision: stale };
    script.polls.push({ pages: [{ observations: [seen("b")], cursor: 2 }] });
    await takeTurn(lane, "poll", ports);
    expect(await events()).toEqual(["inserted a v1"]);
    expect(lane.isOutdated).toBe(true);
    script.polls.push({ pages: [{ observations: [seen("b")], cursor: 2 }] });
    await takeTurn(lane, "poll", ports);
    expect(await events()).toEqual(["inserted a v1", "inserted b v1"]);
    expect((await store.loadSource(1))?.cursor).toBe(2);
  });

  it("sets items that cannot be understood aside and goes on", async () => {
    const { lane, ports, script, events, store } = await laneHarness();
    const rejected = [{ raw: { name: "no id" }, reason: "the item has no id" }];
    script.polls.push({ pages: [{ observations: [seen("a")], rejected, cursor: 1 }] });
    await takeTurn(lane, "poll", ports);
    expect(await events()).toEqual(["inserted a v1"]);
    expect([...store.state.quarantine.values()]).toMatchObject([{ reason: "the item has no id" }]);
  });

  it("halts when the format must have changed, and commits nothing of that page", async () => {
    const { lane, ports, script, events } = await laneHarness();
    const rejected = Array.from({ length: 25 }, (_, index) => ({ raw: index, reason: "the item has no id" }));
    script.polls.push({ pages: [{ observations: [seen("a")], rejected, cursor: 1 }] });
    await takeTurn(lane, "poll", ports);
    expect(lane.source).toMatchObject({ state: "halted", haltedCode: "TIDEMARK_TOO_MANY_QUARANTINED" });
    expect(await events()).toEqual([]);
  });

  it("halts with its cause when the connector has a bug, instead of trying for ever", async () => {
    const { lane, ports, script, log } = await laneHarness();
    script.polls.push({ pages: [], error: new TypeError("undefined is not a function") });
    await takeTurn(lane, "poll", ports);
    expect(lane.source).toMatchObject({ state: "halted", haltedCode: "TIDEMARK_CONNECTOR_FAILED" });
    expect(log.lines.find(({ message }) => message === "poll.halted")?.fields["cause"]).toBeInstanceOf(
      TypeError,
    );
  });

  it("holds three pages at most: one being committed, one decided ahead, one read ahead", async () => {
    const { lane, ports, script } = await laneHarness();
    const handedOut: number[] = [];
    let committed = 0;
    const original = ports.store.commit;
    ports.store.commit = async (step) => {
      expect(handedOut.length - committed).toBeLessThanOrEqual(3);
      const outcome = await original(step);
      committed += 1;
      return outcome;
    };
    script.polls.push({
      pages: Array.from({ length: 6 }, (_, index) => ({ observations: [seen(`a${index}`)], cursor: index })),
      before: (index) => void handedOut.push(index),
    });
    await takeTurn(lane, "poll", ports);
    expect(committed).toBe(7);
  });

  it("decides a page while the one before is being committed, but not one with an account of that page", async () => {
    const { lane, ports, script } = await laneHarness();
    const steps: string[] = [];
    const { commit, knownAccounts } = ports.store;
    ports.store.commit = async (step) => {
      const ids = step.entries.map(({ accountId, version }) => `${accountId}${version}`).join("");
      // The next page would be decided meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      const outcome = await commit(step);
      if (ids !== "") steps.push(`commit ${ids}`);
      return outcome;
    };
    ports.store.knownAccounts = (sourceId, asked) => {
      steps.push(`decide ${asked.map(({ id }) => id).join("")}`);
      return knownAccounts(sourceId, asked);
    };
    script.polls.push({
      pages: [[seen("a")], [seen("b")], [seen("b", { email: "b" }), seen("c")]].map(
        (observations, cursor) => ({
          observations,
          cursor,
        }),
      ),
    });
    await takeTurn(lane, "poll", ports);
    expect(steps).toEqual(["decide a", "decide b", "commit a1", "commit b1", "decide bc", "commit b2c1"]);
  });
});
