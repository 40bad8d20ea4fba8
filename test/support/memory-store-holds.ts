import type { CommitStep, Hold, HoldReason, HoldStore } from "../../src/ports/store.ts";
import {
  compareIds,
  isCurrent,
  type MemoryState,
  openSweepOf,
  type Part,
  sourceOf,
} from "./memory-store-state.ts";

export function memoryHolds(state: MemoryState): Part<HoldStore> {
  const holdOf = (id: string): Hold | null => {
    const found = state.holds.get(id);
    if (found === undefined) return null;
    const { sourceId, ...hold } = found;
    return { ...hold, source: sourceOf(state, sourceId).name, accounts: heldIn(id).length };
  };
  const heldIn = (holdId: string) =>
    [...state.heldChanges.values()]
      .filter((held) => held.holdId === holdId)
      .sort((a, b) => compareIds(a.accountId, b.accountId));
  return {
    holds: () =>
      [...state.holds.keys()].flatMap((id) => holdOf(id) ?? []).filter(({ accounts }) => accounts > 0),
    hold: (id, limit) => {
      const hold = holdOf(id);
      if (hold === null) return null;
      const first = heldIn(id)
        .slice(0, limit)
        .map(({ sourceId, accountId }) => ({
          id: accountId,
          document: state.accounts.get(sourceId)?.get(accountId)?.document ?? null,
        }));
      return { ...hold, first };
    },
    heldAmong: (sourceId, ids) => ids.filter((id) => state.heldChanges.has(keyOf(sourceId, id))),
    approvedAccounts: ({ sourceId, after, limit }) =>
      [...state.heldChanges.values()]
        .filter((held) => held.sourceId === sourceId && state.holds.get(held.holdId)?.state === "approved")
        .map(({ accountId }) => accountId)
        .filter((id) => after === null || compareIds(id, after) > 0)
        .sort(compareIds)
        .slice(0, limit),
    holdAbsent: ({ sourceId, revision, nextRevision, passId, reason, detail, ...claim }) => {
      if (!isCurrent(state, claim)) return { kind: "term-lost" };
      const source = sourceOf(state, sourceId);
      const sweep = openSweepOf(state, sourceId);
      if (source.revision !== revision || source.shard !== claim.shard) return { kind: "stale" };
      if (sweep?.id !== passId || sweep.seen !== sweep.staged.size) return { kind: "stale" };
      source.revision = nextRevision;
      const absent = [...(state.accounts.get(sourceId)?.values() ?? [])]
        .filter(({ id, document }) => document !== null && !sweep.staged.has(id))
        .map(({ id }) => id);
      return { kind: "held", held: hold(state, sourceId, openHold(state, sourceId, reason, detail), absent) };
    },
  };
}

/** Accounts of a source that are in a hold of one of these states. */
export function countHeld(state: MemoryState, sourceId: number, ...states: Hold["state"][]): number {
  return [...state.heldChanges.values()].filter((held) => {
    const found = state.holds.get(held.holdId);
    return held.sourceId === sourceId && found !== undefined && states.includes(found.state);
  }).length;
}

export function isHeld(state: MemoryState, sourceId: number, id: string): boolean {
  return state.heldChanges.has(keyOf(sourceId, id));
}

/** What a commit does to holds. */
export function commitHolds(state: MemoryState, { sourceId, hold: wanted, released = [] }: CommitStep): void {
  for (const id of released) state.heldChanges.delete(keyOf(sourceId, id));
  if (wanted === undefined) return;
  const { reason, detail, ids } = wanted;
  const joined = [...state.holds.values()].findLast(
    (found) =>
      found.sourceId === sourceId &&
      found.reason === reason &&
      found.state === "waiting" &&
      [...state.heldChanges.values()].some(({ holdId }) => holdId === found.id),
  );
  hold(state, sourceId, joined?.id ?? openHold(state, sourceId, reason, detail), ids);
}

/** What was decided about a hold; one that is approved stays so. @returns false when it was approved before. */
export function decideHold(
  state: MemoryState,
  id: string | null,
  decision: Pick<Hold, "state" | "decidedAt" | "decidedBy" | "note">,
): boolean {
  const found = state.holds.get(id ?? "");
  if (found === undefined || found.state === "approved") return false;
  Object.assign(found, decision);
  return true;
}

function openHold(state: MemoryState, sourceId: number, reason: HoldReason, detail: string): string {
  const id = String(state.holds.size + 1);
  const openedAt = new Date(state.now()).toISOString();
  const undecided = { state: "waiting" as const, decidedAt: null, decidedBy: null, note: null };
  state.holds.set(id, { id, sourceId, reason, detail, openedAt, ...undecided });
  return id;
}

function hold(state: MemoryState, sourceId: number, holdId: string, ids: readonly string[]): number {
  const fresh = ids.filter((id) => !isHeld(state, sourceId, id));
  for (const accountId of fresh)
    state.heldChanges.set(keyOf(sourceId, accountId), { sourceId, accountId, holdId });
  return fresh.length;
}

function keyOf(sourceId: number, accountId: string): string {
  return `${sourceId} ${accountId}`;
}
