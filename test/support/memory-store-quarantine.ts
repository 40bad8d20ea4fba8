import type { CommitStep, QuarantinedItem, QuarantineStore } from "../../src/ports/store.ts";
import {
  compareIds,
  type MemoryQuarantined,
  type MemoryState,
  type Part,
  sourceOf,
} from "./memory-store-state.ts";

export function memoryQuarantine(state: MemoryState): Part<QuarantineStore> {
  return {
    quarantined: ({ source, limit }) => {
      const found = [...state.quarantine.values()].filter(
        ({ sourceId }) => source === null || sourceOf(state, sourceId).name === source,
      );
      const newest = found.sort((a, b) => b.lastSeenAt - a.lastSeenAt || Number(b.id) - Number(a.id));
      return { items: newest.slice(0, limit).map((item) => shown(state, item)), total: found.length };
    },
    quarantinedItem: (id) => {
      const found = [...state.quarantine.values()].find((item) => item.id === id);
      return found === undefined ? null : { ...shown(state, found), raw: found.raw };
    },
    quarantinedAmong: (sourceId, ids) => ids.filter((id) => state.quarantine.has(keyOf(sourceId, id))),
    awaitingRedrive: ({ sourceId, limit }) =>
      quarantineOf(state, sourceId)
        .filter(isWaiting)
        .flatMap(({ accountId }) => accountId ?? [])
        .sort(compareIds)
        .slice(0, limit),
    redriveProgress: (intent) => {
      const asked = [...state.quarantine.values()].filter(({ redriveId }) => redriveId === intent);
      const waiting = asked.filter(isWaiting).length;
      const unidentified = asked.filter(({ accountId }) => accountId === null).length;
      return { waiting, unidentified, stay: asked.length - waiting - unidentified };
    },
  };
}

/** Items of one source. */
export function quarantineOf(state: MemoryState, sourceId: number): MemoryQuarantined[] {
  return [...state.quarantine.values()].filter((item) => item.sourceId === sourceId);
}

export function isWaiting({ accountId, redriveId, redrivenAt }: MemoryQuarantined): boolean {
  return accountId !== null && redriveId !== null && redrivenAt === null;
}

/** What a commit does to the quarantine. */
export function commitQuarantine(state: MemoryState, step: CommitStep): void {
  const { sourceId, kind, rejected, understood = [], redriven = [] } = step;
  const now = state.now();
  for (const id of redriven) {
    const item = state.quarantine.get(keyOf(sourceId, id));
    if (item !== undefined) item.redrivenAt = now;
  }
  for (const { raw, reason, accountId = null } of rejected) {
    const key = accountId === null ? `${sourceId} ${JSON.stringify(raw)}` : keyOf(sourceId, accountId);
    const before = state.quarantine.get(key) ?? {
      // Grows, and is never given out twice.
      id: state.newRevision().slice(1),
      sourceId,
      accountId,
      times: 0,
      firstSeenAt: now,
      redriveId: null,
      redrivenAt: null,
    };
    state.quarantine.set(key, {
      ...before,
      raw,
      reason,
      times: before.times + 1,
      pass: kind,
      lastSeenAt: now,
    });
  }
  for (const id of understood) state.quarantine.delete(keyOf(sourceId, id));
}

/** What a person has asked for is done to an item, or to all of the source (null). @returns what it was done to. */
export function carryOutOnQuarantine(
  state: MemoryState,
  intent: { id: string; verb: "redrive" | "discard"; sourceId: number; itemId: string | null },
): MemoryQuarantined[] {
  const concerned = [...state.quarantine].filter(
    ([, { id, sourceId }]) =>
      sourceId === intent.sourceId && (intent.itemId === null || intent.itemId === id),
  );
  for (const [key, item] of concerned) {
    if (intent.verb === "discard") state.quarantine.delete(key);
    else Object.assign(item, { redriveId: intent.id, redrivenAt: null });
  }
  return concerned.map(([, item]) => item);
}

function shown(state: MemoryState, item: MemoryQuarantined): QuarantinedItem {
  const { id, sourceId, accountId, reason, times, pass, firstSeenAt, lastSeenAt, redrivenAt } = item;
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    id,
    source: sourceOf(state, sourceId).name,
    accountId,
    reason,
    times,
    pass,
    firstSeenAt: at(firstSeenAt),
    lastSeenAt: at(lastSeenAt),
    isWaiting: isWaiting(item),
    redrivenAt: redrivenAt === null ? null : at(redrivenAt),
  };
}

/** No item's text begins as the key of an account does. */
function keyOf(sourceId: number, accountId: string): string {
  return `${sourceId} account ${accountId}`;
}
