import type { Lease, RepairStore, ShardRestore } from "../../src/ports/store.ts";
import { forgetHeldDocument } from "./memory-store-holds.ts";
import { grant, isCurrent, type MemoryState, type Part, shardOf, sourceOf } from "./memory-store-state.ts";

export function memoryRepair(state: MemoryState): Part<Pick<RepairStore, "takeShard">> {
  return {
    takeShard: ({ shard: id, ...claim }) => {
      const shard = shardOf(state, id);
      if (shard.owner !== null && shard.expiresAt >= state.now()) return null;
      return grant(state, shard, claim);
    },
  };
}

/** Everything happens to copies, which take the place of the originals at the end. */
export async function restoreShard(
  state: MemoryState,
  lease: Lease,
  work: (restore: ShardRestore) => Promise<void>,
): Promise<boolean> {
  if (!isCurrent(state, lease)) return false;
  const shard = structuredClone(shardOf(state, lease.shard));
  const accounts = structuredClone(state.accounts);
  const accountsOf = (sourceId: number) => {
    const found = accounts.get(sourceId) ?? new Map();
    accounts.set(sourceId, found);
    return found;
  };
  let firstLostAt: string | null = null;
  await work({
    async takeOut(after) {
      const isKept = ({ seq }: { seq: string }) => BigInt(seq) <= BigInt(after);
      const removed = shard.journal.filter((row) => !isKept(row));
      shard.journal = shard.journal.filter(isKept);
      return removed.map(({ createdAt: _createdAt, ...row }) => ({ ...row, sourceId: sourceNamed(row.key) }));
    },
    knownAccounts: async (sourceId, ids) =>
      structuredClone([...accountsOf(sourceId).values()].filter(({ id }) => ids.includes(id))),
    async putEntries(entries) {
      for (const { sourceId: _sourceId, ...row } of structuredClone(entries))
        shard.journal.push({ ...row, createdAt: state.now() });
      shard.journal.sort((a, b) => Number(BigInt(a.seq) - BigInt(b.seq)));
    },
    async putAccounts(sourceId, writes) {
      for (const account of structuredClone(writes)) {
        if (account.version === 0) accountsOf(sourceId).delete(account.id);
        else accountsOf(sourceId).set(account.id, account);
        forgetHeldDocument(state, sourceId, account.id);
      }
    },
    async finish({ firstLostAt: lostAt, ...numbers }) {
      Object.assign(shard, numbers, { seeded: true });
      firstLostAt = lostAt;
    },
  });
  if (!isCurrent(state, lease)) return false;
  state.shards.set(lease.shard, shard);
  for (const [sourceId, states] of accounts) {
    state.accounts.set(sourceId, states);
    const source = sourceOf(state, sourceId);
    if (source.shard !== lease.shard) continue;
    Object.assign(source, {
      revision: state.newRevision(),
      privacyApplied: null,
      nextPollAt: state.now(),
      nextSweepAt: state.now(),
    });
    if (firstLostAt !== null && (source.cursorMovedAt ?? 0) >= Date.parse(firstLostAt))
      Object.assign(source, { cursor: null, cursorMovedAt: null });
    source.population = [...states.values()].filter(({ document }) => document !== null).length;
  }
  return true;

  function sourceNamed(key: string): number {
    const [name] = key.split("/", 1);
    const source = [...state.sources.values()].find((candidate) => candidate.name === name);
    if (source === undefined) throw new Error(`no source ${name}`);
    return source.id;
  }
}
