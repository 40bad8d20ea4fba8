import { type LeaseTiming, mayWork } from "../core/lease.ts";
import type { Clock } from "../ports/clock.ts";
import type { Lease } from "../ports/store.ts";
import { type Handover, createHandover } from "./handover.ts";
import { type Wake, createWake } from "./wake.ts";

/** A shard while this process owns it: its term, whether work may go on, and how much of its journal is not in Kafka yet. */
export interface OwnedShard extends Lease {
  /** Aborted when the shard is lost or to be released: nothing new is begun for it. */
  signal: AbortSignal;
  /** Aborted when somebody else may own the shard: what has begun is of no use any more. */
  lost: AbortSignal;
  /** False once the lease can no longer be relied on: what has begun must not be committed either. */
  readonly mayCommit: () => boolean;
  /** How much longer the lease can be relied on, unless it is renewed; 0 and less when it cannot. */
  readonly leaseLeftMs: () => number;
  /** The lease was renewed by a request that was sent at this (monotonic) moment. */
  confirm(atMs: number): void;
  /** Ends the work for this shard; what has begun may still be committed. */
  release(): void;
  /** Somebody else may own the shard by now: nothing may be committed any more. */
  lose(): void;
  /** What was just committed, for the publisher. */
  readonly handover: Handover;
  /** Wakes the publisher. */
  readonly journaled: Wake;
  /** Numbers up to which the journal is written and published, as far as this process knows. */
  readonly journal: JournalMarks;
}

/** How far journal and publication are; depth is what lies between. */
export interface JournalMarks {
  written(lastSeq: bigint): void;
  published(seq: bigint, observedAtMs: number): void;
  depth(): number;
  /** Milliseconds that the oldest unpublished event has waited, about; 0 when there is none. */
  ageMs(): number;
  /** Wakes who waits for the publication. */
  readonly progress: Wake;
}

/** Above this depth the shard's pollers pause, so that memory and disk stay bounded while Kafka is away. */
export const journalHighWater = 50_000;

export function ownedShard(
  lease: Lease,
  clock: Clock,
  timing: LeaseTiming,
  acquiredAtMs: number,
): OwnedShard {
  const ending = new AbortController();
  const losing = new AbortController();
  let confirmedAtMs = acquiredAtMs;
  const release = () => ending.abort(new Error(`shard ${lease.shard} is given up`));
  return {
    ...lease,
    signal: ending.signal,
    lost: losing.signal,
    mayCommit: () => !losing.signal.aborted && mayWork(confirmedAtMs, clock.monotonicMs(), timing),
    leaseLeftMs: () =>
      losing.signal.aborted ? 0 : timing.stopAfterMs - (clock.monotonicMs() - confirmedAtMs),
    confirm(atMs) {
      confirmedAtMs = atMs;
    },
    release,
    lose() {
      losing.abort(new Error(`shard ${lease.shard} is lost`));
      release();
    },
    handover: createHandover(),
    journaled: createWake(clock),
    journal: journalMarks(clock),
  };
}

function journalMarks(clock: Clock): JournalMarks {
  let last = 0n;
  let done = 0n;
  let pendingSinceMs: number | null = null;
  const progress = createWake(clock);
  return {
    progress,
    written(lastSeq) {
      if (lastSeq > last) last = lastSeq;
      if (last > done) pendingSinceMs ??= clock.now();
    },
    published(seq, observedAtMs) {
      done = seq;
      if (last < done) last = done;
      pendingSinceMs = last > done ? observedAtMs : null;
      progress.notify();
    },
    depth: () => Number(last - done),
    ageMs: () => (pendingSinceMs === null ? 0 : Math.max(0, clock.now() - pendingSinceMs)),
  };
}
