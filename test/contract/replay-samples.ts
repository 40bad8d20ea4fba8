import type { AskedReplay, OpenReplay, ReplaySlice, Store } from "../../src/ports/store.ts";
import { committed, entry, inserting, type Owned, owned, step } from "./store-samples.ts";

/** A replay of the journal as it is asked for. */
export type AskedOfJournal = Extract<AskedReplay, { kind: "journal" }>;

export const topic = "tidemark.sailpoint.accounts";

/** All of shard 0, with what the test cares about. */
export function asked(different: Partial<AskedOfJournal> = {}): AskedOfJournal {
  return {
    kind: "journal",
    actor: "ann",
    pace: null,
    source: null,
    from: { shard: 0, seq: "1" },
    until: null,
    accountId: null,
    ops: null,
    topic: null,
    ...different,
  };
}

/** @throws Error when it is refused */
export async function started(store: Store, wanted: AskedReplay): Promise<string> {
  const outcome = await store.startReplay(wanted);
  if ("kind" in outcome) throw new Error(`the replay is refused: ${outcome.kind}`);
  return outcome.id;
}

/** The one open part. */
export async function openPart(store: Store): Promise<OpenReplay> {
  const [part] = await store.openReplays([0, 1, 2, 3]);
  if (part === undefined) throw new Error("no replay is open");
  return part;
}

export async function sliceOf(store: Store, { lease }: Owned, different: Partial<ReplaySlice> = {}) {
  const { id, nextSeq } = await openPart(store);
  const bounds = { limit: 100, maxEvents: 100, maxBytes: 1e9, nonce: "77" };
  return store.replaySlice({ ...lease, replay: id, nextSeq: nextSeq ?? "", ...bounds, ...different });
}

/** Numbers 1 to 5: three accounts, an update, a delete. */
export async function journalled(store: Store): Promise<Owned> {
  const start = await owned(store);
  const at = await committed(store, start, inserting(start, ["a", "b", "c"]));
  const entries = [entry("a", 2, "updated"), entry("b", 2, "deleted")];
  return committed(store, at, step(at, { entries, population: 2 }));
}
