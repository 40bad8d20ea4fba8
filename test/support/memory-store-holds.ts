import type { HeldChange } from "../../src/core/held-change.ts";
import type { CommitStep, ForgottenUnseen, Hold, HoldReason, HoldStore } from "../../src/ports/store.ts";
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
        .map(({ sourceId, accountId, document }) => ({
          id: accountId,
          document: document?.text ?? state.accounts.get(sourceId)?.get(accountId)?.document ?? null,
        }));
      return { ...hold, first };
    },
    heldAmong: (sourceId, ids) =>
      ids.flatMap((id) => {
        const held = state.heldChanges.get(keyOf(sourceId, id));
        const found = state.holds.get(held?.holdId ?? "");
        if (held === undefined || found === undefined) return [];
        return [{ id, reason: found.reason, state: found.state, hash: held.document?.hash ?? null }];
      }),
    approvedAccounts: ({ sourceId, after, limit }) =>
      [...state.heldChanges.values()]
        .filter((held) => held.sourceId === sourceId && state.holds.get(held.holdId)?.state === "approved")
        .map(({ accountId: id, document }) => ({ id, document }))
        .filter(({ id }) => after === null || compareIds(id, after) > 0)
        .sort((a, b) => compareIds(a.id, b.id))
        .slice(0, limit),
    forgetUnseen: (unseen) => {
      const sweep = fencedSweep(state, unseen);
      if (typeof sweep === "string") return { kind: sweep };
      const { sourceId } = unseen;
      const gone = [...state.heldChanges].filter(
        ([, held]) =>
          held.sourceId === sourceId &&
          held.document !== null &&
          sweep.observed > 0 &&
          !sweep.staged.has(held.accountId) &&
          typeof state.accounts.get(sourceId)?.get(held.accountId)?.document !== "string",
      );
      for (const [key] of gone) state.heldChanges.delete(key);
      return { kind: "forgotten", forgotten: gone.length };
    },
    holdAbsent: ({ reason, detail, ...unseen }) => {
      const sweep = fencedSweep(state, unseen);
      if (typeof sweep === "string") return { kind: sweep };
      const { sourceId } = unseen;
      const absent = [...(state.accounts.get(sourceId)?.values() ?? [])]
        .filter(({ id, document }) => document !== null && !sweep.staged.has(id))
        .filter(({ id }) => !isDeleteHeld(state, sourceId, id))
        .map(({ id }) => ({ id, document: null }));
      hold(state, sourceId, openHold(state, sourceId, reason, detail), absent);
      return { kind: "held", held: absent.length };
    },
  };
}

/** The open sweep whose staging is whole, once term and revision are found to be current. */
function fencedSweep(
  state: MemoryState,
  { sourceId, revision, nextRevision, passId, ...claim }: ForgottenUnseen,
) {
  if (!isCurrent(state, claim)) return "term-lost";
  const source = sourceOf(state, sourceId);
  const sweep = openSweepOf(state, sourceId);
  if (source.revision !== revision || source.shard !== claim.shard) return "stale";
  if (sweep?.id !== passId || sweep.seen !== sweep.staged.size) return "stale";
  source.revision = nextRevision;
  return sweep;
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

/** A document that waits for a person is outdated. */
export function forgetHeldDocument(state: MemoryState, sourceId: number, id: string): void {
  if (!isDeleteHeld(state, sourceId, id)) state.heldChanges.delete(keyOf(sourceId, id));
}

/** A delete waits, of which sweeps take no notice. */
export function isDeleteHeld(state: MemoryState, sourceId: number, id: string): boolean {
  return state.heldChanges.get(keyOf(sourceId, id))?.document === null;
}

/** What a commit does to holds. */
export function commitHolds(
  state: MemoryState,
  { sourceId, holds = [], renewed = [], released = [] }: CommitStep,
): void {
  for (const { id, document } of renewed) {
    const held = state.heldChanges.get(keyOf(sourceId, id));
    if (held !== undefined) held.document = document;
  }
  // As in one statement: all of them join what was there before.
  const targets = holds.map(({ reason }) => joinedHold(state, sourceId, reason));
  for (const id of released) state.heldChanges.delete(keyOf(sourceId, id));
  holds.forEach(({ reason, detail, changes }, index) =>
    hold(state, sourceId, targets[index] ?? openHold(state, sourceId, reason, detail), changes),
  );
}

function joinedHold(state: MemoryState, sourceId: number, reason: HoldReason): string | undefined {
  const joined = [...state.holds.values()].findLast(
    (found) =>
      found.sourceId === sourceId &&
      found.reason === reason &&
      found.state === "waiting" &&
      [...state.heldChanges.values()].some(({ holdId }) => holdId === found.id),
  );
  return joined?.id;
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

function hold(state: MemoryState, sourceId: number, holdId: string, changes: readonly HeldChange[]): void {
  for (const { id: accountId, document } of changes)
    state.heldChanges.set(keyOf(sourceId, accountId), { sourceId, accountId, holdId, document });
}

function keyOf(sourceId: number, accountId: string): string {
  return `${sourceId} ${accountId}`;
}
