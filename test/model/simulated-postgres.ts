import { RetryableError } from "../../src/core/errors.ts";
import type { CommitOutcome, CommitStep, JournalRow, Lease, Store } from "../../src/ports/store.ts";
import { type MemoryStore, memoryStore } from "../support/memory-store.ts";
import type { Link } from "./link.ts";
import type { Process, Simulation } from "./simulation.ts";

/** Everything that was ever journalled, also what a restore has taken away again. */
export type Ledger = Map<string, JournalRow & { shard: number; committedAtMs: number }>;

/** A Postgres that several processes share: each statement is atomic, but whether it was carried out a caller may never learn. */
export interface SimulatedPostgres {
  readonly memory: MemoryStore;
  readonly ledger: Ledger;
  /** The store as one process reaches it. */
  storeOf(process: Process, link: Link): Store;
  /** Keeps what is stored now. @returns a function that brings exactly this back. */
  backup(): () => void;
  /** A crash of the server empties the unlogged staging. */
  crash(): void;
}

interface Options {
  simulation: Simulation;
  startAtMs: number;
  /** Called when an invariant is broken at this very moment. */
  violated(what: string): void;
  /** Looks at every commit that was carried out. */
  committed(step: CommitStep): void;
}

/** What a process sees when the connection breaks. */
export function unreachablePostgres(what: string): Error {
  return new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", `${what}: the connection was lost`);
}

export function ledgerKey(shard: number, seq: string, nonce: string): string {
  return `${shard}:${seq} of batch ${nonce}`;
}

export function simulatedPostgres({
  simulation,
  startAtMs,
  violated,
  committed,
}: Options): SimulatedPostgres {
  const memory = memoryStore({ now: () => startAtMs + simulation.nowMs() });
  const { state } = memory;
  const ledger: Ledger = new Map();
  /** Which process was granted a term of a shard. */
  const grants = new Map<string, Process>();

  const granted = (process: Process, leases: readonly Lease[]) => {
    for (const { shard, term } of leases) {
      const grant = `${shard} ${term}`;
      if (grants.has(grant)) violated(`I7: term ${term} of shard ${shard} is granted a second time`);
      grants.set(grant, process);
    }
  };

  const checkCommit = (process: Process, step: CommitStep, outcome: CommitOutcome) => {
    if (outcome.kind !== "committed") return;
    recordCommit(step, outcome);
    const shard = state.shards.get(step.shard);
    if (String(shard?.term) !== step.term)
      violated(
        `I7: ${process.name} has committed under term ${step.term} of shard ${step.shard}, whose term is ${shard?.term}`,
      );
    if (grants.get(`${step.shard} ${step.term}`) !== process)
      violated(
        `I7: ${process.name} has committed under term ${step.term} of shard ${step.shard}, which was granted to another`,
      );
  };

  const recordCommit = (step: CommitStep, { firstSeq }: Extract<CommitOutcome, { kind: "committed" }>) => {
    const journal = state.shards.get(step.shard)?.journal ?? [];
    const added = step.entries.length === 0 ? [] : journal.slice(-step.entries.length);
    if (added[0] !== undefined && added[0].seq !== firstSeq)
      violated(`I3: the journal of shard ${step.shard} has a gap at ${firstSeq}`);
    for (const { createdAt: _createdAt, ...row } of added)
      ledger.set(ledgerKey(step.shard, row.seq, row.batchNonce), {
        ...row,
        shard: step.shard,
        committedAtMs: simulation.nowMs(),
      });
    committed(step);
  };

  return {
    memory,
    ledger,
    storeOf(process, link) {
      const checked: Partial<Store> = {
        async commit(step) {
          const outcome = await memory.commit(step);
          checkCommit(process, step, outcome);
          return outcome;
        },
        async acquireShards(wanted) {
          const leases = await memory.acquireShards(wanted);
          granted(process, leases);
          return leases;
        },
      };
      const { state: _state, failNext: _failNext, close, ...operations } = memory;
      const remote = Object.entries({ ...operations, ...checked }).map(([name, operation]) => [
        name,
        (...args: unknown[]) => {
          // What goes out is copied when it is sent.
          const sent = structuredClone(args);
          return link.call(describe(name, args), () =>
            (operation as (...given: unknown[]) => Promise<unknown>)(...sent),
          );
        },
      ]);
      return { ...(Object.fromEntries(remote) as Omit<Store, "close">), close };
    },
    backup() {
      const { now: _now, newRevision: _newRevision, ...kept } = state;
      const copy = structuredClone(kept);
      return () => {
        const { installation, ...tables } = structuredClone(copy);
        state.installation = installation;
        for (const [name, table] of Object.entries(tables)) {
          const current = state[name as keyof typeof tables];
          current.clear();
          if (current instanceof Set) for (const item of table.keys()) current.add(item as string);
          else
            for (const [key, row] of table as Map<never, never>) (current as Map<never, never>).set(key, row);
        }
      };
    },
    crash() {
      for (const pass of state.passes.values()) pass.staged.clear();
    },
  };
}

function describe(name: string, [given]: unknown[]): string {
  if (name === "commit") {
    const { shard, term, sourceId, revision, cursor, entries, finished } = given as CommitStep;
    const seen = entries.map(({ op, accountId, version }) => `${op} ${accountId} v${version}`).join(", ");
    return `commit shard ${shard} term ${term} source ${sourceId} revision ${revision} [${seen}]${cursor === undefined ? "" : ` cursor ${JSON.stringify(cursor)}`}${finished === undefined ? "" : ` ends ${finished.kind}`}`;
  }
  const text = JSON.stringify(given) ?? "";
  return `${name} ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`;
}
