import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Scheduled, type Turn, nextDueAt, nextTurn, pauseAfter } from "../../src/core/schedule.ts";

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
      holdDueAtMs: Number.POSITIVE_INFINITY,
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
  holdDueAtMs: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.constant(Number.POSITIVE_INFINITY)),
  canSweep: fc.boolean(),
  lastTurn: fc.constantFrom<Turn | null>(null, "poll", "sweep", "hold"),
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

/** Runs a lane for a while, and says how long polls and sweeps have waited since they were due. */
function simulate(durations: {
  pollMs: number;
  pageMs: number;
  pagesPerSweep: number;
  everyMs: number;
  sweepEveryMs: number;
}): { polls: number; sweeps: number; longestWaitMs: { poll: number; sweep: number } } {
  const { pollMs, pageMs, pagesPerSweep, everyMs, sweepEveryMs } = durations;
  const source: Scheduled = {
    state: "running",
    pollDueAtMs: 0,
    sweepDueAtMs: 0,
    holdDueAtMs: Number.POSITIVE_INFINITY,
    canSweep: false,
    lastTurn: null,
  };
  const longestWaitMs = { poll: 0, sweep: 0 };
  let [atMs, polls, sweeps, pagesLeft] = [0, 0, 0, pagesPerSweep];
  while (atMs < 200_000) {
    const turn = nextTurn(source, atMs);
    if (turn === null) {
      atMs = nextDueAt(source);
      continue;
    }
    if (turn === "hold") throw new Error("nothing was approved");
    const waitedMs = atMs - (turn === "poll" ? source.pollDueAtMs : source.sweepDueAtMs);
    longestWaitMs[turn] = Math.max(longestWaitMs[turn], waitedMs);
    source.lastTurn = turn;
    if (turn === "poll") {
      polls += 1;
      atMs += pollMs;
      source.canSweep = true;
      source.pollDueAtMs = atMs + pauseAfter(everyMs, pollMs, 0.5);
      continue;
    }
    // A sweep gives way at its next page, so it always makes one page's progress.
    do {
      atMs += pageMs;
      pagesLeft -= 1;
    } while (pagesLeft > 0 && source.pollDueAtMs > atMs);
    if (pagesLeft > 0) {
      source.sweepDueAtMs = atMs;
      continue;
    }
    sweeps += 1;
    pagesLeft = pagesPerSweep;
    source.sweepDueAtMs = atMs + sweepEveryMs;
  }
  return { polls, sweeps, longestWaitMs };
}

test("neither polls nor sweeps starve: each waits for at most one turn of the other", () => {
  const anyMs = fc.integer({ min: 1, max: 3_000 });
  fc.assert(
    fc.property(
      fc.record({
        pollMs: anyMs,
        pageMs: anyMs,
        pagesPerSweep: fc.integer({ min: 1, max: 10 }),
        everyMs: anyMs,
        sweepEveryMs: anyMs,
      }),
      (durations) => {
        const { polls, sweeps, longestWaitMs } = simulate(durations);
        expect(polls).toBeGreaterThan(1);
        expect(sweeps).toBeGreaterThan(1);
        expect(longestWaitMs.poll).toBeLessThanOrEqual(durations.pageMs);
        expect(longestWaitMs.sweep).toBeLessThanOrEqual(durations.pollMs);
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
