import type { PrivacyStore, Rewrite, StoredSlice } from "../../src/ports/store.ts";
import { quarantineOf } from "./memory-store-quarantine.ts";
import {
  compareIds,
  isCurrent,
  type MemoryQuarantined,
  type MemoryState,
  type Part,
  sourceOf,
} from "./memory-store-state.ts";

export function memoryPrivacy(state: MemoryState): Part<PrivacyStore> {
  return {
    storedDocuments: ({ sourceId, ...slice }) => {
      const documents = [...(state.accounts.get(sourceId)?.values() ?? [])].flatMap(({ id, document }) =>
        document === null ? [] : [{ id, document }],
      );
      return sliced(documents, slice, compareIds, ({ document }) => document);
    },
    heldDocuments: ({ sourceId, ...slice }) => {
      const documents = [...state.heldChanges.values()].flatMap((held) =>
        held.sourceId === sourceId && held.document !== null
          ? [{ id: held.accountId, document: held.document.text }]
          : [],
      );
      return sliced(documents, slice, compareIds, ({ document }) => document);
    },
    quarantinedRaws: ({ sourceId, ...slice }) => {
      const items = quarantineOf(state, sourceId).map(({ id, raw }) => ({ id, raw }));
      const compare = (a: string, b: string) => Number(a) - Number(b);
      return sliced(items, slice, compare, ({ raw }) => JSON.stringify(raw));
    },
    rewriteStored: (rewrite) => rewriteStored(state, rewrite),
  };
}

/** Rows after a place in their order, as many as are not too large together, at least one. */
export function sliced<Row extends { id: string }>(
  rows: Row[],
  { after, limit, maxBytes }: Omit<StoredSlice, "sourceId">,
  compare: (a: string, b: string) => number,
  textOf: (row: Row) => string,
): Row[] {
  let bytes = 0;
  return rows
    .filter(({ id }) => after === null || compare(id, after) > 0)
    .sort((a, b) => compare(a.id, b.id))
    .slice(0, limit)
    .filter((row) => {
      const fits = bytes < maxBytes;
      bytes += Buffer.byteLength(textOf(row));
      return fits;
    });
}

function rewriteStored(
  state: MemoryState,
  rewrite: Rewrite,
): ReturnType<Part<PrivacyStore>["rewriteStored"]> {
  if (!isCurrent(state, rewrite)) return { kind: "term-lost" };
  const source = sourceOf(state, rewrite.sourceId);
  if (source.revision !== rewrite.revision || source.shard !== rewrite.shard) return { kind: "stale" };
  source.revision = rewrite.nextRevision;
  for (const { id, document, hash } of rewrite.accounts) {
    const account = state.accounts.get(source.id)?.get(id);
    if (typeof account?.document === "string") Object.assign(account, { document, hash });
  }
  for (const { id, document: text, hash, upstreamTime } of rewrite.held) {
    const held = [...state.heldChanges.values()].find(
      ({ sourceId, accountId }) => sourceId === source.id && accountId === id,
    );
    if (held !== undefined && held.document !== null) held.document = { text, hash, upstreamTime };
  }
  for (const { id, raw } of rewrite.items) rewriteItem(state, source.id, { id, raw });
  if (rewrite.applied !== undefined) {
    source.privacyApplied = rewrite.applied;
    state.shapes.delete(source.id);
  }
  return { kind: "rewritten" };
}

/** What names no account is known by what it says, and several may say the same now. */
function rewriteItem(
  state: MemoryState,
  sourceId: number,
  { id, raw }: Pick<MemoryQuarantined, "id" | "raw">,
) {
  const [key, item] =
    [...state.quarantine].find(([, one]) => one.sourceId === sourceId && one.id === id) ?? [];
  if (key === undefined || item === undefined) return;
  if (item.accountId !== null) {
    item.raw = raw;
    return;
  }
  state.quarantine.delete(key);
  const newKey = `${sourceId} ${JSON.stringify(raw)}`;
  const alike = state.quarantine.get(newKey);
  if (alike !== undefined) alike.times += item.times;
  else state.quarantine.set(newKey, { ...item, raw });
}
