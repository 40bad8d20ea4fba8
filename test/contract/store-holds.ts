import { expect, it } from "vitest";
import type { HoldAbsent, HoldReason, PageHold, Store } from "../../src/ports/store.ts";
import {
  account,
  besides,
  committed,
  entry,
  everything,
  inserting,
  type Owned,
  owned,
  reload,
  step,
  type StoreUnderTest,
} from "./store-samples.ts";

const reason = "too-many-deletes" as const;
const nextRevision = String(2n ** 62n - 1_000_000n);

/** Deletes on their way into a hold. */
function waits(ids: readonly string[], detail: string, of: HoldReason = reason): PageHold {
  return { reason: of, detail, changes: ids.map((id) => ({ id, document: null })) };
}

/** A source with these accounts. */
async function loaded(store: Store, ids: readonly string[]): Promise<Owned> {
  const start = await owned(store);
  return committed(store, start, inserting(start, ids));
}

/** The same with these accounts on hold. */
async function holding(store: Store, ids: readonly string[], held: readonly string[]): Promise<Owned> {
  const at = await loaded(store, ids);
  return committed(store, at, step(at, { holds: [waits(held, "too many")] }));
}

/** A source whose open sweep has seen some of its accounts, and the statement that holds the rest. */
async function swept(store: Store, ids: readonly string[], seen: readonly string[]) {
  const { lease, source } = await loaded(store, ids);
  const sweep = await store.openSweep({ ...lease, sourceId: source.id });
  if (sweep === null) throw new Error("the sweep was not opened");
  const start = { lease, source: await reload(store, source) };
  const at = await committed(
    store,
    start,
    step(start, { seen: { passId: sweep.passId, ids: seen, position: 1 } }),
  );
  const absent: HoldAbsent = {
    ...lease,
    sourceId: source.id,
    revision: at.source.revision,
    nextRevision,
    passId: sweep.passId,
    reason: "empty-sweep",
    detail: "it saw none",
  };
  return { at, absent };
}

async function onHold(store: Store, sourceId: number, ids: readonly string[]): Promise<string[]> {
  return (await store.heldAmong(sourceId, ids)).map(({ id }) => id).sort();
}

async function decide(
  store: Store,
  { lease }: Owned,
  verb: "approve" | "reject",
  hold: { id: string; note: string | null },
  term = lease.term,
) {
  const id = (await store.askIntent({ source: "acme", verb, actor: "ann", hold })) ?? "";
  const isDone = await store.finishIntent({ intent: id, shard: lease.shard, term, outcome: "done" });
  return { isDone, intent: await store.intent(id) };
}

export function holdContract(open: () => Promise<StoreUnderTest>): void {
  it("accounts go on hold in the commit of their page, and the source tells how many there are, in numbers", async () => {
    const { store } = await open();
    const start = await loaded(store, ["a", "b", "c"]);
    expect(start.source).toMatchObject({ held: 0, waiting: 0 });
    const entries = [entry("c", 2, "updated")];
    const holds = [waits(["b", "a"], "2 accounts would be deleted")];
    const at = await committed(store, start, step(start, { entries, holds, cursor: "moved" }));
    expect(at.source).toMatchObject({ held: 2, waiting: 2, cursor: "moved", population: 3 });
    expect((await store.overview()).sources[0]?.waiting).toBe(2);

    const [stored] = await store.holds();
    expect(stored).toEqual({
      id: expect.stringMatching(/^\d+$/),
      source: "acme",
      reason,
      detail: "2 accounts would be deleted",
      state: "waiting",
      accounts: 2,
      openedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      decidedAt: null,
      decidedBy: null,
      note: null,
    });
    expect(await store.hold(stored?.id ?? "", 1)).toEqual({
      ...stored,
      first: [{ id: "a", document: account("a").document }],
    });
    expect(await store.hold("999", 1)).toBeNull();
    expect(await onHold(store, at.source.id, ["c", "b", "x"])).toEqual(["b"]);
    expect(await onHold(store, at.source.id, [])).toEqual([]);
  });

  it("what comes later joins the hold that waits; another reason, or one that is settled, opens another", async () => {
    const { store } = await open();
    let at = await holding(store, ["a", "b", "c", "d"], ["a"]);
    const hold = (ids: string[], of?: "empty-sweep") => ({ holds: [waits(ids, "more", of)] });
    at = await committed(store, at, step(at, hold(["b", "a"])));
    expect((await store.holds()).map(({ accounts, detail }) => [accounts, detail])).toEqual([
      [2, "too many"],
    ]);
    at = await committed(store, at, step(at, hold(["c"], "empty-sweep")));
    expect(at.source).toMatchObject({ held: 3, waiting: 3 });
    at = await committed(store, at, step(at, { released: ["a", "b"] }));
    expect((await store.holds()).map((found) => found.reason)).toEqual(["empty-sweep"]);
    const settled = await store.hold("1", 5);
    at = await committed(store, at, step(at, hold(["d"])));
    const holds = await store.holds();
    expect(holds.map((found) => [found.reason, found.accounts])).toEqual([
      ["empty-sweep", 1],
      [reason, 1],
    ]);
    expect(holds.at(-1)?.id).not.toBe(settled?.id);
    expect(at.source.held).toBe(2);
  });

  it("accounts leave their holds in the commit that deletes them or has seen them; in one step others go on hold", async () => {
    const { store } = await open();
    let at = await holding(store, ["a", "b", "c", "d"], ["a", "b"]);
    const entries = [entry("a", 2, "deleted")];
    const holds = [waits(["c"], "more")];
    at = await committed(
      store,
      at,
      step(at, { entries, released: ["a", "b", "unknown"], holds, population: 3 }),
    );
    expect(await onHold(store, at.source.id, ["a", "b", "c", "d"])).toEqual(["c"]);
    expect(at.source).toMatchObject({ held: 1, waiting: 1 });
  });

  it("a step under another term, or from another revision, holds and releases nothing", async () => {
    const { store } = await open();
    const at = await holding(store, ["a", "b"], ["a"]);
    const holds = [waits(["b"], "late")];
    const before = await everything(store, at, ["a", "b"]);
    const late = step(at, { holds, released: ["a"] });
    expect(await store.commit({ ...late, term: "0" })).toEqual({ kind: "term-lost" });
    expect(await store.commit({ ...late, revision: "99" })).toEqual({ kind: "stale" });
    expect(await everything(store, at, ["a", "b"])).toEqual(before);
    expect(await onHold(store, at.source.id, ["a", "b"])).toEqual(["a"]);
  });

  it("accounts of another source with the same id are not touched", async () => {
    const { store } = await open();
    const at = await holding(store, ["a", "b"], ["a", "b"]);
    const other = await besides(store, at);
    const there = await committed(store, other, inserting(other, ["a"]));
    expect(there.source).toMatchObject({ held: 0, waiting: 0 });
    expect(await onHold(store, there.source.id, ["a"])).toEqual([]);
    const holds = [waits(["a"], "the other's")];
    const held = await committed(store, there, step(there, { holds }));
    await committed(store, held, step(held, { released: ["a"] }));
    expect((await reload(store, at.source)).held).toBe(2);
  });

  it("all that a sweep has not seen goes on hold at once: the living ones that are in no hold yet", async () => {
    const { store } = await open();
    const { at: before, absent } = await swept(store, ["a", "B", "c", "é", "gone", "held", "seen"], ["seen"]);
    let at = await committed(store, before, step(before, { entries: [entry("gone", 2, "deleted")] }));
    at = await committed(store, at, step(at, { holds: [waits(["held"], "before")] }));
    expect(await store.countAbsent(at.source.id, absent.passId)).toBe(4);
    const slice = { sourceId: at.source.id, passId: absent.passId, after: null, limit: 10 };
    expect(await store.absentAccounts(slice)).toEqual(["B", "a", "c", "é"]);

    const outcome = await store.holdAbsent({ ...absent, revision: at.source.revision });
    expect(outcome).toEqual({ kind: "held", held: 4 });
    const after = await reload(store, at.source);
    expect(after).toMatchObject({ revision: nextRevision, held: 5, waiting: 5, population: 7 });
    expect(after.openSweep).toMatchObject({ passId: absent.passId, seen: 1, observed: 1 });
    expect(await store.countAbsent(at.source.id, absent.passId)).toBe(0);
    expect(await store.absentAccounts(slice)).toEqual([]);
    expect((await store.holds()).map((hold) => [hold.reason, hold.detail, hold.accounts])).toEqual([
      [reason, "before", 1],
      ["empty-sweep", "it saw none", 4],
    ]);
  });

  it("nothing goes on hold under another term, from another revision, for another sweep, or after it was done", async () => {
    const { store } = await open();
    const { absent } = await swept(store, ["a", "b"], ["b"]);
    expect(await store.holdAbsent({ ...absent, term: "0" })).toEqual({ kind: "term-lost" });
    expect(await store.holdAbsent({ ...absent, revision: "99" })).toEqual({ kind: "stale" });
    expect(await store.holdAbsent({ ...absent, passId: "99" })).toEqual({ kind: "stale" });
    expect(await store.holds()).toEqual([]);
    expect(await store.holdAbsent(absent)).toEqual({ kind: "held", held: 1 });
    expect(await store.holdAbsent(absent)).toEqual({ kind: "stale" });
    expect(await store.holds()).toHaveLength(1);
  });

  it("what a sweep itself has observed is told from what polls have", async () => {
    const { store } = await open();
    const { at, absent } = await swept(store, ["a", "b", "c"], []);
    const seen = { passId: absent.passId, ids: ["a", "b"] };
    const polled = await committed(store, at, step(at, { seen }));
    expect(polled.source.openSweep).toMatchObject({ seen: 2, observed: 0 });
    const page = step(polled, { seen: { ...seen, ids: ["b", "c"], position: 2 } });
    expect((await committed(store, polled, page)).source.openSweep).toMatchObject({ seen: 3, observed: 2 });
  });

  it("a decision is carried out by the owner under its term, once, and says who, when and why", async () => {
    const { store } = await open();
    const at = await holding(store, ["a", "b"], ["a", "b"]);
    const [{ id } = { id: "" }] = await store.holds();
    const hold = { id, note: "checked \u0000 twice" };
    expect((await decide(store, at, "approve", hold, "0")).isDone).toBe(false);
    expect(await store.hold(id, 0)).toMatchObject({ state: "waiting", decidedAt: null });
    const [pending] = await store.pendingIntents([0]);
    expect(pending).toMatchObject({ verb: "approve", holdId: id, note: expect.stringContaining("twice") });

    const before = await reload(store, at.source);
    expect((await decide(store, at, "reject", { id, note: null })).intent).toMatchObject({ outcome: "done" });
    expect(await store.hold(id, 0)).toMatchObject({
      state: "rejected",
      accounts: 2,
      decidedBy: "ann",
      decidedAt: expect.any(String),
      note: null,
    });
    const rejected = await reload(store, at.source);
    expect(rejected).toMatchObject({ held: 2, waiting: 0, revision: before.revision });
    expect(rejected.pollDueInMs).toBeCloseTo(before.pollDueInMs ?? 0, -4);
    expect((await store.overview()).sources[0]?.waiting).toBe(0);

    expect((await decide(store, at, "approve", hold)).isDone).toBe(true);
    const approved = await store.hold(id, 0);
    expect(approved).toMatchObject({ state: "approved", note: expect.stringContaining("twice") });
    const late = await decide(store, at, "reject", { id, note: "too late" });
    expect(late).toMatchObject({ isDone: true, intent: { outcome: "refused: it is approved already" } });
    expect(await store.hold(id, 0)).toEqual(approved);
  });

  it("accounts in approved holds are found by id, slice by slice, and only those", async () => {
    const { store } = await open();
    let at = await holding(store, ["a", "B", "c", "d", "é"], ["a", "B", "é"]);
    const [{ id } = { id: "" }] = await store.holds();
    const { id: sourceId } = at.source;
    const slice = async (after: string | null, limit = 2) =>
      (await store.approvedAccounts({ sourceId, after, limit })).map(({ id }) => id);
    expect(await slice(null)).toEqual([]);
    await decide(store, at, "approve", { id, note: null });
    at = { ...at, source: await reload(store, at.source) };
    at = await committed(store, at, step(at, { holds: [waits(["c"], "others")] }));
    expect(at.source).toMatchObject({ held: 4, waiting: 1 });
    expect(await slice(null)).toEqual(["B", "a"]);
    expect(await slice("a")).toEqual(["é"]);
    expect(await slice("é")).toEqual([]);
    expect(await slice(null, 10)).toEqual(["B", "a", "é"]);
  });
}
