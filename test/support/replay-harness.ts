import { setReplays, turnOf } from "../../src/app/lane.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { RetryableError } from "../../src/core/errors.ts";
import type { AskedReplay, SourceConfig } from "../../src/ports/store.ts";
import { type HoldHarness, holdHarness } from "./hold-harness.ts";
import type { Operation } from "./memory-store.ts";

/** A loaded source in its lane, of which a person asks replays. */
export interface ReplayHarness extends HoldHarness {
  /** Begins a replay, and has the lane learn of it. @returns its id. */
  ask(asked: Asked): Promise<string>;
  /** Has the lane learn what became of its replays, as the worker does. */
  look(): Promise<void>;
  /** One turn for the oldest of them. */
  replay(): Promise<void>;
  /** Turns, as they are due, until none is open. */
  finish(): Promise<void>;
  /** `id version` of every snapshot that was journalled, in order. */
  snapshots(): Promise<string[]>;
  /** What is due now. */
  due(): ReturnType<typeof turnOf>;
}

type Asked = Partial<Pick<AskedReplay, "pace">> &
  ({ kind: "snapshot" } | { kind: "backfill"; since: string; until?: string });

/** More than any replay of these tests needs. */
const mostTurns = 50;

export async function replayHarness(
  accounts: readonly string[],
  changes: Partial<SourceConfig> = {},
): Promise<ReplayHarness> {
  const inner = await holdHarness(accounts, changes);
  const { store, clock, ports } = inner;
  const harness: ReplayHarness = Object.assign(inner, {
    async ask(asked: Asked) {
      const common = { source: "acme", actor: "ann", pace: null };
      const answer = await store.startReplay(
        asked.kind === "snapshot" ? { ...common, ...asked } : { ...common, until: null, ...asked },
      );
      if (!("id" in answer)) throw new Error(`refused: ${answer.kind}`);
      await harness.look();
      return answer.id;
    },
    look: async () => setReplays(harness.lane, await store.openReplays([0])),
    replay: () => takeTurn(harness.lane, "replay", ports),
    async finish() {
      for (let turns = 0; (await store.openReplays([0])).length > 0; turns += 1) {
        if (turns === mostTurns) throw new Error("the replay does not come to its end");
        await clock.advance(Math.max(0, harness.lane.replayDueAtMs - clock.monotonicMs()));
        await harness.replay();
      }
    },
    snapshots: async () =>
      (await inner.journal()).flatMap(({ op, accountId, version }) =>
        op === "snapshot" ? [`${accountId} v${version}`] : [],
      ),
    due: () => turnOf(harness.lane, clock.monotonicMs()),
  });
  return harness;
}

/** Everything that a replay's turn asks of the store, lost on the way there and on the way back. */
export const lossesOf = (operations: readonly Operation[]) =>
  operations.flatMap((operation) =>
    [false, true].flatMap((applied) => [0, 1, 2].map((nth) => ({ operation, applied, nth }))),
  );

/** Makes the nth call from now on of a function fail. */
export function loseNth(
  harness: ReplayHarness,
  { operation, applied, nth }: { operation: Operation; applied: boolean; nth: number },
): void {
  const { store } = harness.ports;
  const real = store[operation] as (...args: unknown[]) => Promise<unknown>;
  let calls = 0;
  const replaced = async (...args: unknown[]) => {
    if (calls === nth) {
      const error = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "the connection was lost");
      harness.store.failNext(operation, error, { applied });
    }
    calls += 1;
    return real(...args);
  };
  harness.ports.store = { ...store, [operation]: replaced };
}
