import { describe, expect, it } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError, SourceHaltedError } from "../../src/core/errors.ts";
import type { SourceConfig } from "../../src/ports/store.ts";
import { gone, manyIds } from "../support/hold-harness.ts";
import { loseNth, lossesOf, type ReplayHarness, replayHarness } from "../support/replay-harness.ts";
import { type ScriptedPage, seen } from "../support/scripted-connector.ts";

const since = "2026-02-20T00:00:00.000Z";
/** The clock of these tests begins at 2026-03-01. */
const sinceMs = 9 * 86_400_000;
const until = "2026-02-25T00:00:00.000Z";

const news: ScriptedPage[] = [
  { observations: [seen("a"), seen("b", { email: "new@x" })], cursor: "after b" },
  { observations: [seen("c")], cursor: "after c" },
  { observations: [gone("d"), seen("e")], cursor: "after e" },
];

const loaded = (changes: Partial<SourceConfig> = {}) => replayHarness(["a", "b", "d"], changes);
const found = async (harness: ReplayHarness) => (await harness.events()).slice(3);

describe("a backfill", () => {
  it("publishes what the polls have missed since then, as the changes it is, and leaves the cursor where it is", async () => {
    const harness = await loaded();
    const { script, store, log } = harness;
    const before = await store.loadSource(1);
    const replay = await harness.ask({ kind: "backfill", since });
    expect(harness.due()).toBe("replay");
    script.polls.push({ pages: news });
    await harness.replay();
    expect(script.asked.polls.at(-1)).toEqual({ from: before?.cursor, ms: sinceMs });
    expect(await found(harness)).toEqual(["updated b v2", "inserted c v1", "deleted d v2", "inserted e v1"]);
    expect((await harness.journal()).some((row) => row.replay !== undefined)).toBe(false);
    expect((await store.loadSource(1))?.cursor).toEqual(before?.cursor);
    expect(harness.lane.source.cursor).toEqual(before?.cursor);
    expect(await store.replay(replay)).toMatchObject({ state: "done", expected: null, done: 5 });
    expect(log.lines.filter(({ message }) => message === "backfill.done")).toMatchObject([
      { fields: { source: "acme", replay, read: 5, left: 0 } },
    ]);
    expect(harness.due()).toBeNull();
  });

  it("leaves to the polls what has changed later than its range, and says how much that was", async () => {
    const harness = await loaded();
    const { script, log } = harness;
    await harness.ask({ kind: "backfill", since, until });
    const observations = [
      seen("a", { email: "in@x", updatedAt: until }),
      seen("b", { email: "late@x", updatedAt: "2026-02-25T00:00:01Z" }),
      seen("c", { createdAt: "2026-02-26T00:00:00Z" }),
      seen("e"),
      { ...gone("d"), at: "2026-02-26T00:00:00Z" },
    ];
    script.polls.push({
      pages: [
        { observations, cursor: 1 },
        { observations: [seen("f")], cursor: 2 },
      ],
    });
    await harness.replay();
    expect(await found(harness)).toEqual(["updated a v2", "inserted e v1", "inserted f v1"]);
    expect(log.lines.at(-1)).toMatchObject({ message: "backfill.done", fields: { read: 3, left: 3 } });
  });

  it("gives way to a due poll: what it had read ahead is thrown away, and it goes on from its last page", async () => {
    const harness = await loaded();
    const { script, lane, clock } = harness;
    await harness.ask({ kind: "backfill", since });
    script.polls.push({
      pages: [
        { observations: [seen("c")], cursor: "after c" },
        { observations: [seen("b", { email: "old@x" })], cursor: "never committed" },
      ],
      before: () => {
        lane.pollDueAtMs = clock.monotonicMs();
      },
    });
    await harness.replay();
    expect(harness.due()).toBe("poll");
    await harness.poll([seen("b", { email: "new@x" })]);
    expect(harness.due()).toBe("replay");
    script.polls.push({ pages: [{ observations: [seen("b", { email: "new@x" }), seen("e")], cursor: 9 }] });
    await harness.replay();
    expect(script.asked.polls.at(-1)).toBe("after c");
    expect(await found(harness)).toEqual(["inserted c v1", "updated b v2", "inserted e v1"]);
    expect(lane.source.cursor).toBe(2);
  });

  it("comes to its end although a poll is always due and its upstream never rests", async () => {
    const harness = await loaded();
    const { script, lane, clock } = harness;
    const replay = await harness.ask({ kind: "backfill", since });
    const before = () => {
      lane.pollDueAtMs = clock.monotonicMs();
    };
    script.polls.push(
      { pages: news, before },
      { pages: news.slice(1), before },
      { pages: news.slice(2), before },
    );
    for (const _ of news) await harness.replay();
    expect(await harness.store.replay(replay)).toMatchObject({ state: "done", done: 5 });
  });

  it("gives way after pages of which it leaves everything to the polls, too, and measures rejected items by them", async () => {
    const harness = await loaded();
    const { script, lane, clock, store } = harness;
    const replay = await harness.ask({ kind: "backfill", since, until });
    const late = manyIds(300).map((id) => seen(id, { updatedAt: "2026-02-26T00:00:00Z" }));
    const rejected = manyIds(25).map((id) => ({ raw: { id }, reason: "no email", accountId: `x${id}` }));
    const pages = [
      { observations: late, rejected, cursor: 1 },
      { observations: [], cursor: 2 },
      { observations: late, cursor: 3 },
    ];
    const before = () => {
      lane.pollDueAtMs = clock.monotonicMs();
    };
    for (const from of [0, 1, 2]) {
      script.polls.push({ pages: pages.slice(from), before });
      await harness.replay();
      expect(harness.due()).toBe("poll");
    }
    expect(script.asked.polls.slice(-2)).toEqual([1, 2]);
    expect(lane.source.state).toBe("running");
    expect(await store.replay(replay)).toMatchObject({ state: "done", done: 0 });
  });

  it("keeps its place over a takeover, also where nothing has changed", async () => {
    const harness = await loaded();
    const { script, clock } = harness;
    await harness.ask({ kind: "backfill", since, pace: 10 });
    script.polls.push({
      pages: [
        { observations: [seen("a"), seen("b")], cursor: "after b" },
        { observations: [seen("c")], cursor: "never committed" },
      ],
    });
    await harness.replay();
    expect(harness.due()).toBeNull();
    const before = harness.lane;
    await harness.restart();
    await harness.look();
    await takeTurn(before, "replay", harness.ports);
    expect(before.shard.signal.aborted).toBe(true);
    await clock.advance(200);
    script.polls.push({ pages: [{ observations: [seen("c")], cursor: "after c" }] });
    await harness.finish();
    expect(script.asked.polls.slice(2)).toEqual(["after b", "after b"]);
    expect(await found(harness)).toEqual(["inserted c v1"]);
    expect((await harness.store.replays({ limit: 1 }))[0]).toMatchObject({ state: "done", done: 3 });
  });

  it.each(lossesOf(["commit", "knownAccounts", "loadSource", "openReplays"]))(
    "finds everything exactly once when call $nth of $operation is lost (applied: $applied)",
    async (loss) => {
      const harness = await loaded();
      const { script, store } = harness;
      const replay = await harness.ask({ kind: "backfill", since });
      loseNth(harness, loss);
      // Wherever it begins again, it is told the rest.
      for (let turns = 0; (await store.openReplays([0])).length > 0; turns += 1) {
        expect(turns).toBeLessThan(5);
        const position = (await store.openReplays([0]))[0]?.position as { cursor?: string } | null;
        const rest = news.slice(1 + news.findIndex(({ cursor }) => cursor === position?.cursor));
        script.polls.splice(0, script.polls.length, { pages: rest });
        await harness.clock.advance(300_000);
        await harness.replay();
      }
      expect((await found(harness)).toSorted()).toEqual([
        "deleted d v2",
        "inserted c v1",
        "inserted e v1",
        "updated b v2",
      ]);
      expect(await store.replay(replay)).toMatchObject({ state: "done", done: 5 });
    },
  );

  it("is guarded as a poll is: too many inserts wait for a person", async () => {
    const harness = await loaded({ insertLimit: 2 });
    await harness.ask({ kind: "backfill", since });
    harness.script.polls.push({
      pages: [{ observations: manyIds(3).map((id) => seen(`n${id}`)), cursor: "after" }],
    });
    await harness.replay();
    expect(await found(harness)).toEqual([]);
    expect(await harness.holds()).toEqual(["waiting too-many-inserts 3"]);
    expect((await harness.store.replays({ limit: 1 }))[0]).toMatchObject({ state: "done" });
  });

  it("backs off by itself after a failure, and goes on from its last page", async () => {
    const harness = await loaded();
    const { script, lane, clock } = harness;
    await harness.ask({ kind: "backfill", since });
    script.polls.push({
      pages: news.slice(0, 2),
      error: new RetryableError("TIDEMARK_UPSTREAM_UNAVAILABLE", "502"),
    });
    await harness.replay();
    expect(lane.source).toMatchObject({ state: "running", failures: 1 });
    expect(lane.pollDueAtMs).toBeGreaterThan(clock.monotonicMs() + 3_600_000);
    expect(harness.due()).toBeNull();
    await clock.advance(300_000);
    expect(harness.due()).toBe("replay");
    script.polls.push({ pages: news.slice(2) });
    await harness.replay();
    expect(script.asked.polls.at(-1)).toBe("after c");
    expect(await found(harness)).toEqual(["updated b v2", "inserted c v1", "deleted d v2", "inserted e v1"]);
  });

  it("halts the source like any other pass when a person is needed, and waits", async () => {
    const harness = await loaded();
    const replay = await harness.ask({ kind: "backfill", since });
    const error = new SourceHaltedError("TIDEMARK_UPSTREAM_UNAUTHORIZED", "401");
    harness.script.polls.push({ pages: [], error });
    await harness.replay();
    expect(harness.lane.source).toMatchObject({
      state: "halted",
      haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
    });
    expect(harness.due()).toBeNull();
    expect(await harness.store.replay(replay)).toMatchObject({ state: "running" });
  });

  it.each([
    [
      "the connector does not read its cursor any more",
      "The stored cursor cannot be read: it is odd",
      (harness: ReplayHarness) => {
        const error = new SourceHaltedError(
          "TIDEMARK_SOURCE_CURSOR",
          "The stored cursor cannot be read: it is odd",
        );
        harness.script.polls.push({ pages: [], error });
      },
    ],
    [
      "the connector cannot look back",
      "connector scripted cannot be asked what changed since a moment: run tidemark source sweep acme",
      ({ ports, script }: ReplayHarness) => {
        const { upstreamOf } = ports;
        ports.upstreamOf = (...asked) => ({
          ...upstreamOf(...asked),
          connector: { ...script.connector, lookBack: null },
        });
      },
    ],
    [
      "no poll has ended yet",
      "no poll has reached its end yet: run tidemark source poll acme",
      ({ store }: ReplayHarness) => {
        Object.assign(store.state.sources.get(1) ?? {}, { cursor: "too early" });
      },
    ],
  ])("fails with what to do when %s, and the source goes on", async (_why, detail, prepare) => {
    const harness = await loaded();
    const replay = await harness.ask({ kind: "backfill", since });
    prepare(harness);
    await harness.replay();
    expect(await harness.store.replay(replay)).toMatchObject({ state: "failed", detail });
    expect(harness.lane.source).toMatchObject({ state: "running", failures: 0 });
    expect(harness.log.lines.at(-1)).toMatchObject({ level: "error", message: "backfill.failed" });
    expect(harness.due()).toBeNull();
  });

  it.each([
    [null, ""],
    [until, ` --until ${until}`],
  ])(
    "does not go on at a place of another version, and says how to begin again (until: %s)",
    async (to, rest) => {
      const harness = await loaded();
      const { script, store } = harness;
      const range = { since, ...(to === null ? {} : { until: to }) };
      const replay = await harness.ask({ kind: "backfill", ...range, pace: 10 });
      script.polls.push({ pages: news });
      await harness.replay();
      const before = await found(harness);
      script.connector.cursorVersion = 2;
      await harness.clock.advance(1_000);
      await harness.replay();
      expect(script.asked.polls).toHaveLength(2);
      expect(await store.replay(replay)).toMatchObject({
        state: "failed",
        detail: `its place is of version 1, and this scripted reads version 2; begin it again: tidemark backfill acme --since ${since}${rest}`,
      });
      expect(await found(harness)).toEqual(before);
      expect(harness.lane.source).toMatchObject({ state: "running", failures: 0 });
      expect(harness.due()).toBeNull();
    },
  );

  it("does not begin at a live cursor of another version, which only a reset of the source helps", async () => {
    const harness = await loaded();
    const replay = await harness.ask({ kind: "backfill", since });
    harness.script.connector.cursorVersion = 2;
    await harness.replay();
    expect(harness.script.asked.polls).toHaveLength(1);
    expect(await harness.store.replay(replay)).toMatchObject({
      state: "failed",
      detail:
        "that cursor is of version 1, and this scripted reads version 2; to have everything read again: tidemark cursor reset acme",
    });
  });

  it("that is cancelled ends at its next page", async () => {
    const harness = await loaded();
    const { script, store } = harness;
    const replay = await harness.ask({ kind: "backfill", since });
    script.polls.push({
      pages: news,
      before: async (index) => {
        if (index === 2) await store.steerReplay(replay, "cancel");
      },
    });
    await harness.replay();
    expect(await store.replay(replay)).toMatchObject({ state: "cancelled" });
    expect((await found(harness)).length).toBeLessThan(4);
    expect(harness.due()).toBeNull();
  });
});
