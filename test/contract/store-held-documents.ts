import { expect, it } from "vitest";
import type { HeldChange } from "../../src/core/held-change.ts";
import type { HoldReason, PageHold, Store } from "../../src/ports/store.ts";
import {
  committed,
  entry,
  everything,
  hashOf,
  inserting,
  type Owned,
  owned,
  reload,
  step,
  type StoreUnderTest,
} from "./store-samples.ts";

const nextRevision = String(2n ** 62n - 2_000_000n);

/** An account whose document waits. */
function document(id: string, version = 1): HeldChange {
  const text = `{"attributes":{"control":"\\u0000"},"id":"${id}","v":${version}}`;
  return { id, document: { text, hash: hashOf(version), upstreamTime: `2026-01-0${version}` } };
}

function hold(changes: readonly HeldChange[], reason: HoldReason = "too-many-inserts"): PageHold {
  return { reason, detail: "too many", changes };
}

/** A source with these accounts, and these on hold. */
async function holding(store: Store, ids: readonly string[], ...holds: readonly PageHold[]): Promise<Owned> {
  const start = await owned(store);
  const at = await committed(store, start, inserting(start, ids));
  return committed(store, at, step(at, { holds }));
}

async function approve(store: Store, { lease }: Owned, id: string): Promise<void> {
  const asked = { source: "acme", verb: "approve", actor: "ann", hold: { id, note: null } } as const;
  const intent = (await store.askIntent(asked)) ?? "";
  await store.finishIntent({ intent, shard: lease.shard, term: lease.term, outcome: "done" });
}

async function held(store: Store, at: Owned, ids: readonly string[]) {
  const found = await store.heldAmong(at.source.id, ids);
  return found.map(({ id, reason, hash }) => `${id} ${reason} ${hash ?? "delete"}`).sort();
}

export function heldDocumentContract(open: () => Promise<StoreUnderTest>): void {
  it("a hold keeps documents of accounts that are not known, as they are", async () => {
    const { store } = await open();
    const at = await holding(store, ["a"], hold([document("n"), document("B")]));
    expect(at.source).toMatchObject({ held: 2, waiting: 2, population: 1 });
    const [found] = await store.holds();
    expect(found).toMatchObject({ reason: "too-many-inserts", accounts: 2, state: "waiting" });
    expect((await store.hold(found?.id ?? "", 5))?.first).toEqual([
      { id: "B", document: document("B").document?.text },
      { id: "n", document: document("n").document?.text },
    ]);
    expect(await store.heldAmong(at.source.id, ["n", "a"])).toEqual([
      { id: "n", reason: "too-many-inserts", state: "waiting", hash: hashOf(1) },
    ]);
    await approve(store, at, found?.id ?? "");
    const slice = { sourceId: at.source.id, after: null, limit: 5 };
    expect(await store.approvedAccounts(slice)).toEqual([document("B"), document("n")]);
    expect(await store.approvedAccounts({ ...slice, after: "B", limit: 1 })).toEqual([document("n")]);
  });

  it("holds for several reasons open in one commit, and each joins its own", async () => {
    const { store } = await open();
    const deletes = (id: string) => hold([{ id, document: null }], "too-many-deletes");
    let at = await holding(store, ["a", "b"], deletes("a"), hold([document("n")]));
    at = await committed(store, at, step(at, { holds: [hold([document("m")]), deletes("b")] }));
    expect((await store.holds()).map(({ reason, accounts }) => `${reason} ${accounts}`).sort()).toEqual([
      "too-many-deletes 2",
      "too-many-inserts 2",
    ]);
    expect(at.source.held).toBe(4);
  });

  it("a newer document takes the place of the one that waits, in its hold; of what is not on hold it says nothing", async () => {
    const { store } = await open();
    let at = await holding(store, [], hold([document("n"), document("m")]));
    await approve(store, at, "1");
    at = { ...at, source: await reload(store, at.source) };
    at = await committed(store, at, step(at, { renewed: [document("n", 2), document("unknown", 2)] }));
    const slice = { sourceId: at.source.id, after: null, limit: 5 };
    expect(await store.approvedAccounts(slice)).toEqual([document("m"), document("n", 2)]);
    expect(at.source.held).toBe(2);
  });

  it("what is on hold moves to the hold of another reason", async () => {
    const { store } = await open();
    let at = await holding(store, ["a"], hold([{ id: "a", document: null }], "too-many-deletes"));
    at = await committed(store, at, step(at, { holds: [hold([document("a", 2)], "schema-drift")] }));
    expect(await held(store, at, ["a"])).toEqual([`a schema-drift ${hashOf(2)}`]);
    expect((await store.holds()).map(({ reason }) => reason)).toEqual(["schema-drift"]);
    at = await committed(
      store,
      at,
      step(at, { holds: [hold([{ id: "a", document: null }], "empty-sweep")] }),
    );
    expect(await held(store, at, ["a"])).toEqual(["a empty-sweep delete"]);
    expect(at.source.held).toBe(1);
  });

  it("a step under another term, or from another revision, renews nothing and learns nothing", async () => {
    const { store } = await open();
    const at = await holding(store, ["a"], hold([document("n")]));
    const before = await everything(store, at, ["a"]);
    const late = step(at, { renewed: [document("n", 2)], shape: { types: [] } });
    expect(await store.commit({ ...late, term: "0" })).toEqual({ kind: "term-lost" });
    expect(await store.commit({ ...late, revision: "99" })).toEqual({ kind: "stale" });
    expect(await everything(store, at, ["a"])).toEqual(before);
    expect(await held(store, at, ["n"])).toEqual([`n too-many-inserts ${hashOf(1)}`]);
    expect(await store.shape(at.source.id)).toBeNull();
  });

  it("a living account whose document waits may be absent from a sweep all the same, and its delete takes the place", async () => {
    const { store } = await open();
    const at = await holding(store, ["a", "b"], hold([document("a", 2), document("n")], "schema-drift"));
    const sweep = await store.openSweep({ ...at.lease, sourceId: at.source.id });
    const passId = sweep?.passId ?? "";
    const { id: sourceId, revision } = await reload(store, at.source);
    expect(await store.countAbsent(sourceId, passId)).toBe(2);
    expect(await store.absentAccounts({ sourceId, passId, after: null, limit: 5 })).toEqual(["a", "b"]);
    const reason = "too-many-deletes" as const;
    const absent = { ...at.lease, sourceId, revision, nextRevision, passId, reason, detail: "absent" };
    expect(await store.holdAbsent(absent)).toEqual({ kind: "held", held: 2 });
    expect(await held(store, at, ["a", "b", "n"])).toEqual([
      "a too-many-deletes delete",
      "b too-many-deletes delete",
      `n schema-drift ${hashOf(1)}`,
    ]);
  });

  it("after a complete sweep new accounts that it has not seen wait no longer, unless it saw nothing", async () => {
    const { store } = await open();
    const changes = [document("a", 2), document("seen"), document("unseen")];
    const deletes = hold([{ id: "b", document: null }], "too-many-deletes");
    let at = await holding(store, ["a", "b"], hold(changes), deletes);
    const sweep = await store.openSweep({ ...at.lease, sourceId: at.source.id });
    const passId = sweep?.passId ?? "";
    at = { ...at, source: await reload(store, at.source) };
    const unseen = () => ({
      ...at.lease,
      sourceId: at.source.id,
      revision: at.source.revision,
      nextRevision,
      passId,
    });
    expect(await store.forgetUnseen({ ...unseen(), term: "0" })).toEqual({ kind: "term-lost" });
    expect(await store.forgetUnseen({ ...unseen(), revision: "99" })).toEqual({ kind: "stale" });
    expect(await store.forgetUnseen({ ...unseen(), passId: "99" })).toEqual({ kind: "stale" });
    expect(await store.forgetUnseen(unseen())).toEqual({ kind: "forgotten", forgotten: 0 });
    at = { ...at, source: await reload(store, at.source) };
    expect(at.source).toMatchObject({ revision: nextRevision, held: 4 });
    const seen = { passId, ids: ["seen"], position: 1 };
    at = await committed(store, at, step(at, { seen }));
    expect(await store.forgetUnseen(unseen())).toEqual({ kind: "forgotten", forgotten: 1 });
    expect(await held(store, at, ["a", "b", "seen", "unseen"])).toEqual([
      `a too-many-inserts ${hashOf(2)}`,
      "b too-many-deletes delete",
      `seen too-many-inserts ${hashOf(1)}`,
    ]);
  });

  it("what a database gets back from Kafka is newer than the documents of those accounts that wait", async () => {
    const { store } = await open();
    const deletes = hold([{ id: "a", document: null }], "too-many-deletes");
    const at = await holding(store, ["a"], hold([document("n"), document("m")]), deletes);
    await store.restoreShard(at.lease, async (restore) => {
      await restore.takeOut("1");
      await restore.putAccounts(at.source.id, [
        { id: "n", version: 3, hash: hashOf(3), document: "{}" },
        { id: "a", version: 3, hash: hashOf(3), document: "{}" },
      ]);
      await restore.finish({ lastSeq: "1", publishedSeq: "1", publishedNonce: null, firstLostAt: null });
    });
    expect(await held(store, at, ["a", "n", "m"])).toEqual([
      "a too-many-deletes delete",
      `m too-many-inserts ${hashOf(1)}`,
    ]);
  });

  it("the shape of a source is what the last commit has told", async () => {
    const { store } = await open();
    let at = await holding(store, ["b", "a", "c"]);
    const shape = (name: string) => ({ types: ["object"], members: { [name]: { types: ["string"] } } });
    expect(await store.shape(at.source.id)).toBeNull();
    at = await committed(store, at, step(at, { shape: shape("x") }));
    at = await committed(store, at, step(at, { shape: shape("y \u0000 __proto__") }));
    at = await committed(store, at, step(at, { entries: [entry("c", 2, "deleted")] }));
    expect(await store.shape(at.source.id)).toEqual(shape("y \u0000 __proto__"));
    expect(await store.shape(at.source.id + 1)).toBeNull();
    expect(await store.someDocuments(at.source.id, 5)).toEqual(['{"id":"a"}', '{"id":"b"}']);
    expect(await store.someDocuments(at.source.id, 1)).toEqual(['{"id":"a"}']);
  });
}
