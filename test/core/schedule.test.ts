import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Scheduled,
  type Turn,
  dueMember,
  feedDueAt,
  nextDueAt,
  nextTurn,
  pauseAfter,
} from "../../src/core/schedule.ts";

const nowMs = 1_000_000;

describe("whose turn it is", () => {
  type Due = "nothing" | "poll" | "sweep" | "both";
  type Last = "nothing yet" | "after a poll" | "after a sweep";
  type Loaded = "loaded" | "not loaded";

  const table: Record<Loaded, Record<Due, Record<Last, Turn | null>>> = {
    loaded: {
      nothing: { "nothing yet": null, "after a poll": null, "after a sweep": null },
      poll: { "nothing yet": "poll", "after a poll": "poll", "after a sweep": "poll" },
      sweep: { "nothing yet": "sweep", "after a poll": "sweep", "after a sweep": "sweep" },
      both: { "nothing yet": "poll", "after a poll": "sweep", "after a sweep": "poll" },
    },
    "not loaded": {
      nothing: { "nothing yet": null, "after a poll": null, "after a sweep": null },
      poll: { "nothing yet": "poll", "after a poll": "poll", "after a sweep": "poll" },
      sweep: { "nothing yet": null, "after a poll": null, "after a sweep": null },
      both: { "nothing yet": "poll", "after a poll": "poll", "after a sweep": "poll" },
    },
  };
  const lastTurns: Record<Last, Turn | null> = {
    "nothing yet": null,
    "after a poll": "poll",
    "after a sweep": "sweep",
  };
  const rows = Object.entries(table).flatMap(([loaded, dues]) =>
    Object.entries(dues).flatMap(([due, lasts]) =>
      Object.entries(lasts).map(
        ([last, turn]) => [loaded as Loaded, due as Due, last as Last, turn] as const,
      ),
    ),
  );

  function scheduled(loaded: Loaded, due: Due, last: Last): Scheduled {
    return {
      state: "running",
      canSweep: loaded === "loaded",
      pollDueAtMs: due === "poll" || due === "both" ? nowMs : nowMs + 1,
      sweepDueAtMs: due === "sweep" || due === "both" ? nowMs : nowMs + 1,
      lookBackDueAtMs: Number.POSITIVE_INFINITY,
      holdDueAtMs: Number.POSITIVE_INFINITY,
      redriveDueAtMs: Number.POSITIVE_INFINITY,
      replayDueAtMs: Number.POSITIVE_INFINITY,
      lastTurn: lastTurns[last],
    };
  }

  test.each(rows)("%s, due %s, %s: %s", (loaded, due, last, turn) => {
    expect(nextTurn(scheduled(loaded, due, last), nowMs)).toBe(turn);
  });

  // Soon carried out, and no matter whether the source was ever loaded: only polls come between.
  test.each(rows)("%s, due %s, %s, with an approved hold", (loaded, due, last) => {
    const source = { ...scheduled(loaded, due, last), holdDueAtMs: nowMs };
    const pollIsFirst = (due === "poll" || due === "both") && last !== "after a poll";
    expect(nextTurn(source, nowMs)).toBe(pollIsFirst ? "poll" : "hold");
    expect(nextTurn({ ...source, lastTurn: "hold" }, nowMs)).toBe(
      due === "poll" || due === "both" ? "poll" : "hold",
    );
  });

  test.each(rows)(
    "%s, due %s, %s, with a redrive: as with an approved hold, and after it",
    (loaded, due, last) => {
      const source = { ...scheduled(loaded, due, last), redriveDueAtMs: nowMs };
      const turn = nextTurn({ ...source, holdDueAtMs: nowMs }, nowMs);
      expect(nextTurn(source, nowMs)).toBe(turn === "hold" ? "redrive" : turn);
    },
  );

  test.each(rows)(
    "%s, due %s, %s, with a replay: as with an approved hold, and after what is soon carried out",
    (loaded, due, last) => {
      const source = { ...scheduled(loaded, due, last), replayDueAtMs: nowMs };
      const turn = nextTurn({ ...source, holdDueAtMs: nowMs }, nowMs);
      expect(nextTurn({ ...source, redriveDueAtMs: nowMs }, nowMs)).toBe(turn === "hold" ? "redrive" : turn);
      expect(nextTurn(source, nowMs)).toBe(turn === "hold" ? "replay" : turn);
    },
  );

  test("a due sweep is what a replay gives way to where there are no polls, and goes on after", () => {
    const source = {
      ...scheduled("loaded", "sweep", "after a sweep"),
      pollDueAtMs: Number.POSITIVE_INFINITY,
      replayDueAtMs: nowMs,
    };
    expect(feedDueAt(source)).toBe(source.sweepDueAtMs);
    expect(nextTurn(source, nowMs)).toBe("replay");
    expect(nextTurn({ ...source, lastTurn: "replay" }, nowMs)).toBe("sweep");
    expect(nextTurn({ ...source, lastTurn: "replay", sweepDueAtMs: nowMs + 1 }, nowMs)).toBe("replay");
  });

  test("a due poll is what a replay gives way to where there are polls", () => {
    const source = { ...scheduled("loaded", "sweep", "after a sweep"), replayDueAtMs: nowMs };
    expect(feedDueAt(source)).toBe(source.pollDueAtMs);
    expect(nextTurn({ ...source, lastTurn: "replay" }, nowMs)).toBe("replay");
    expect(nextTurn({ ...source, lastTurn: "replay", pollDueAtMs: nowMs }, nowMs)).toBe("poll");
  });

  test.each([
    ["the sweep has been due for longer", nowMs - 2, nowMs - 1, "sweep"],
    ["the look-back has been due for longer", nowMs - 1, nowMs - 2, "look-back"],
    ["only the look-back is due", nowMs + 1, nowMs, "look-back"],
    ["only the sweep is due", nowMs, nowMs + 1, "sweep"],
  ] as const)("waits besides the polls: %s", (_which, sweepDueAtMs, lookBackDueAtMs, turn) => {
    for (const [loaded, due, last, otherwise] of rows) {
      const source = { ...scheduled(loaded, due, last), sweepDueAtMs, lookBackDueAtMs };
      const pollIsDue = due === "poll" || due === "both";
      const isWaiting = loaded === "loaded" && (last === "after a poll" || !pollIsDue);
      const withoutSweep = otherwise === "sweep" ? null : otherwise;
      expect(nextTurn(source, nowMs)).toBe(isWaiting ? turn : pollIsDue ? "poll" : withoutSweep);
    }
  });

  test.each(["paused", "halted"] as const)("is nobody's while the source is %s", (state) => {
    for (const [loaded, due, last] of rows) {
      const source = { ...scheduled(loaded, due, last), state };
      expect(nextTurn(source, nowMs)).toBeNull();
      expect(nextDueAt(source)).toBe(Number.POSITIVE_INFINITY);
    }
  });
});

const anyScheduled: fc.Arbitrary<Scheduled> = fc.record({
  state: fc.constant("running" as const),
  pollDueAtMs: fc.integer({ min: 0, max: 1_000 }),
  sweepDueAtMs: fc.integer({ min: 0, max: 1_000 }),
  lookBackDueAtMs: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.constant(Number.POSITIVE_INFINITY)),
  holdDueAtMs: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.constant(Number.POSITIVE_INFINITY)),
  redriveDueAtMs: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.constant(Number.POSITIVE_INFINITY)),
  replayDueAtMs: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.constant(Number.POSITIVE_INFINITY)),
  canSweep: fc.boolean(),
  lastTurn: fc.constantFrom<Turn | null>(null, "poll", "sweep", "look-back", "hold", "redrive", "replay"),
});

test("a lane that is not due now gets a turn exactly when it says that it is due", () => {
  fc.assert(
    fc.property(anyScheduled, (source) => {
      const dueAtMs = nextDueAt(source);
      expect(nextTurn(source, dueAtMs - 1)).toBeNull();
      expect(nextTurn(source, dueAtMs)).not.toBeNull();
    }),
  );
});

type Waiting = "sweep" | "look-back" | "replay";

/** Runs a lane for a while, and says how often each pass has ended and how long a poll has waited since it was due. */
function simulate(durations: {
  pollMs: number;
  pageMs: number;
  pages: Record<Waiting, number>;
  everyMs: Record<"poll" | "sweep" | "look-back", number>;
}): { ended: Record<"poll" | Waiting, number>; pollWaitedMs: number; sweepWaitedMs: number } {
  const { pollMs, pageMs, pages, everyMs } = durations;
  const source: Scheduled = {
    state: "running",
    pollDueAtMs: 0,
    sweepDueAtMs: 0,
    lookBackDueAtMs: 0,
    holdDueAtMs: Number.POSITIVE_INFINITY,
    redriveDueAtMs: Number.POSITIVE_INFINITY,
    replayDueAtMs: 0,
    canSweep: false,
    lastTurn: null,
  };
  const ended = { poll: 0, sweep: 0, "look-back": 0, replay: 0 };
  const pagesLeft = { ...pages };
  let [atMs, pollWaitedMs, sweepWaitedMs, waitedSinceMs] = [0, 0, 0, 0];
  while (atMs < 400_000) {
    const turn = nextTurn(source, atMs);
    if (turn === null) {
      atMs = nextDueAt(source);
      waitedSinceMs = atMs;
      continue;
    }
    if (turn === "hold" || turn === "redrive") throw new Error("nothing was asked for");
    source.lastTurn = turn;
    if (turn === "poll") {
      pollWaitedMs = Math.max(pollWaitedMs, atMs - source.pollDueAtMs);
      ended.poll += 1;
      atMs += pollMs;
      source.canSweep = true;
      source.pollDueAtMs = atMs + pauseAfter(everyMs.poll, pollMs, 0.5);
      continue;
    }
    // Of what waits, one makes progress after every poll.
    sweepWaitedMs = Math.max(sweepWaitedMs, atMs - Math.max(source[dueMember[turn]], waitedSinceMs));
    do {
      atMs += pageMs;
      pagesLeft[turn] -= 1;
    } while (pagesLeft[turn] > 0 && source.pollDueAtMs > atMs);
    waitedSinceMs = atMs;
    if (pagesLeft[turn] > 0) continue;
    ended[turn] += 1;
    pagesLeft[turn] = pages[turn];
    // A person asks for it once.
    source[dueMember[turn]] = turn === "replay" ? Number.POSITIVE_INFINITY : atMs + everyMs[turn];
  }
  return { ended, pollWaitedMs, sweepWaitedMs };
}

test("neither polls nor sweeps nor look-backs nor replays starve: each makes progress after at most one turn of another kind", () => {
  const anyMs = fc.integer({ min: 1, max: 3_000 });
  const anyPages = fc.integer({ min: 1, max: 10 });
  fc.assert(
    fc.property(
      fc.record({
        pollMs: anyMs,
        pageMs: anyMs,
        pages: fc.record({ sweep: anyPages, "look-back": anyPages, replay: anyPages }),
        everyMs: fc.record({ poll: anyMs, sweep: anyMs, "look-back": anyMs }),
      }),
      (durations) => {
        const { ended, pollWaitedMs, sweepWaitedMs } = simulate(durations);
        const { replay, ...again } = ended;
        expect(replay).toBe(1);
        expect(Math.min(...Object.values(again))).toBeGreaterThan(1);
        expect(pollWaitedMs).toBeLessThanOrEqual(durations.pageMs);
        expect(sweepWaitedMs).toBeLessThanOrEqual(durations.pollMs);
      },
    ),
  );
});

describe("the pause after a pass", () => {
  test.each([
    ["keeps the interval from start to start", 60_000, 10_000, 0.5, 50_000],
    ["is nothing when the pass took longer than the interval", 60_000, 70_000, 0.5, 0],
    ["is shorter by 2.5 % of the interval at least", 60_000, 0, 0, 58_500],
    ["is longer by 2.5 % of the interval at most", 60_000, 0, 1, 61_500],
  ])("%s", (_what, everyMs, tookMs, fraction, expected) => {
    expect(pauseAfter(everyMs, tookMs, fraction)).toBe(expected);
  });
});
