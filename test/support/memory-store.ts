import type { Store } from "../../src/ports/store.ts";
import { memoryCheckpoints } from "./memory-store-checkpoints.ts";
import { memoryControl } from "./memory-store-control.ts";
import { memoryHolds } from "./memory-store-holds.ts";
import { memoryInstallation, memoryLeases } from "./memory-store-installation.ts";
import { memoryJournal, memoryPasses, memorySources } from "./memory-store-passes.ts";
import { memoryPrivacy } from "./memory-store-privacy.ts";
import { memoryQuarantine } from "./memory-store-quarantine.ts";
import { memoryRepair, restoreShard } from "./memory-store-repair.ts";
import { memoryReplays } from "./memory-store-replays.ts";
import { emptyState, type MemoryState } from "./memory-store-state.ts";
import { memoryShapes } from "./memory-store-shapes.ts";
import { memoryTokens } from "./memory-store-tokens.ts";

/** A function of the store, by name. */
export type Operation = Exclude<keyof Store, "close" | "restoreShard">;

export interface MemoryStore extends Store {
  /** What it holds, for assertions and for accidents (such as emptying a sweep's staging). */
  readonly state: MemoryState;
  /** Makes the next call of this function fail; `applied` says whether it takes effect nevertheless: an outcome that was lost. */
  failNext(operation: Operation, error: Error, options: { applied: boolean }): void;
}

/**
 * A store in memory that keeps the same contract as the one on Postgres; several callers may share it as if they were processes.
 * @param clock The database's clock, in milliseconds: nothing here moves by itself.
 */
export function memoryStore(clock: { now(): number }): MemoryStore {
  const state = emptyState(() => clock.now());
  const failures: { operation: string; error: Error; applied: boolean }[] = [];
  const operations = {
    ...memoryInstallation(state),
    ...memoryControl(state),
    ...memoryLeases(state),
    ...memorySources(state),
    ...memoryPasses(state),
    ...memoryHolds(state),
    ...memoryQuarantine(state),
    ...memoryShapes(state),
    ...memoryPrivacy(state),
    ...memoryCheckpoints(state),
    ...memoryJournal(state),
    ...memoryRepair(state),
    ...memoryReplays(state),
    ...memoryTokens(state),
  };

  /** What goes in and out is copied, as over a wire; nothing happens before the next microtask, as with a real one. */
  const remote = async (name: string, operation: (...args: never[]) => unknown, args: unknown[]) => {
    await Promise.resolve();
    const index = failures.findIndex((failure) => failure.operation === name);
    const [failure] = index < 0 ? [] : failures.splice(index, 1);
    if (failure?.applied === false) throw failure.error;
    const result = operation(...(structuredClone(args) as never[]));
    if (failure !== undefined) throw failure.error;
    return structuredClone(result);
  };

  const store = Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (...args: unknown[]) => remote(name, operation, args),
    ]),
  ) as Omit<Store, "close" | "restoreShard">;
  return {
    ...store,
    restoreShard: (lease, work) => restoreShard(state, lease, work),
    close: async () => {},
    state,
    failNext: (operation, error, { applied }) => {
      failures.push({ operation, error, applied });
    },
  };
}
