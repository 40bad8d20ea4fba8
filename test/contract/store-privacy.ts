import { expect, it } from "vitest";
import type { Rewrite, Store } from "../../src/ports/store.ts";
import {
  account,
  besides,
  committed,
  config,
  entry,
  everything,
  hashOf,
  inserting,
  type Owned,
  owned,
  reload,
  step,
  type StoreUnderTest,
  whole,
} from "./store-samples.ts";

const rules = { strict: true, keep: ["status"], drop: [], mask: [], hash: ["email"], key: "${env:KEY}" };
const nothing = { accounts: [], held: [], items: [] };
const nextRevision = String(2n ** 62n - 2_000_000n);

function rewrite({ lease, source }: Owned, part: Partial<Rewrite>): Rewrite {
  return { ...lease, sourceId: source.id, revision: source.revision, nextRevision, ...nothing, ...part };
}

/** A source with accounts, one of them deleted, documents on hold, and items in quarantine. */
async function stocked(store: Store): Promise<Owned> {
  const start = await owned(store);
  const at = await committed(
    store,
    start,
    inserting(start, ["a", "B", "c", "é"], {
      rejected: [
        { raw: { id: "x", ssn: "1" }, accountId: "x", reason: "odd" },
        { raw: "1-2", reason: "no object" },
        { raw: "1-3", reason: "no object" },
        { raw: "kept", reason: "no object" },
      ],
    }),
  );
  const document = { text: '{"id":"new"}', hash: hashOf(5), upstreamTime: "2026-01-01T00:00:00Z" };
  return committed(
    store,
    at,
    step(at, {
      entries: [entry("c", 2, "deleted")],
      holds: [
        { reason: "too-many-inserts", detail: "many", changes: [{ id: "new", document }] },
        { reason: "too-many-deletes", detail: "many", changes: [{ id: "a", document: null }] },
      ],
      shape: { known: "shape" },
    }),
  );
}

export function privacyContract(open: () => Promise<StoreUnderTest>): void {
  it("rules are part of a source's configuration, and what is stored is under none at first", async () => {
    const { store } = await open();
    const { source } = await owned(store, { privacy: rules });
    expect(source).toMatchObject({ privacy: rules, privacyApplied: null });
    expect((await store.applySources([config("acme", { privacy: rules })])).unchanged).toEqual(["acme"]);
    const { changed } = await store.applySources([config("acme")]);
    expect(changed).toEqual(["acme"]);
    expect(await reload(store, source)).toMatchObject({ privacy: null, settingsVersion: 2 });
  });

  it("what is stored is found slice by slice: living accounts, documents on hold, items", async () => {
    const { store } = await open();
    const { source } = await stocked(store);
    const at = (after: string | null, limit = 2, maxBytes = 1_000) => ({
      sourceId: source.id,
      after,
      limit,
      maxBytes,
    });
    const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
    expect(await store.storedDocuments(at(null))).toEqual([
      { id: "B", document: '{"id":"B"}' },
      { id: "a", document: '{"id":"a"}' },
    ]);
    expect(ids(await store.storedDocuments(at("a")))).toEqual(["é"]);
    expect(ids(await store.storedDocuments(at(null, 9, 10)))).toEqual(["B"]);
    expect(ids(await store.storedDocuments(at(null, 9, 11)))).toEqual(["B", "a"]);
    expect(await store.heldDocuments(at(null, 1, 1))).toEqual([{ id: "new", document: '{"id":"new"}' }]);
    expect(await store.heldDocuments(at("new"))).toEqual([]);
    const items = await store.quarantinedRaws(at(null, 10));
    const raws = items.map(({ raw }) => raw);
    expect(raws).toHaveLength(4);
    expect(raws).toEqual(expect.arrayContaining([{ id: "x", ssn: "1" }, "1-2", "1-3", "kept"]));
    expect(await store.quarantinedRaws(at(items[1]?.id ?? "", 1))).toEqual([items[2]]);
    expect(await store.quarantinedRaws(at(null, 9, 1))).toEqual([items[0]]);
    expect(await store.storedDocuments({ ...at(null), sourceId: 99 })).toEqual([]);
  });

  it("documents are replaced with their fingerprints; versions, events and the deleted stay as they are", async () => {
    const { store } = await open();
    const from = await stocked(store);
    const before = await everything(store, from, ["a", "B", "c"]);
    const accounts = [
      { id: "a", document: '{"id":"a","x":"***"}', hash: hashOf(8) },
      { id: "c", document: '{"id":"c"}', hash: hashOf(8) },
      { id: "unknown", document: '{"id":"unknown"}', hash: hashOf(8) },
    ];
    const held = [{ id: "new", document: '{"id":"new","x":1}', hash: hashOf(9), upstreamTime: null }];
    expect(await store.rewriteStored(rewrite(from, { accounts, held }))).toEqual({ kind: "rewritten" });
    expect(await everything(store, from, ["a", "B", "c", "unknown"])).toEqual({
      ...before,
      source: { ...before.source, revision: nextRevision },
      accounts: before.accounts.map((one) =>
        one.id === "a" ? { ...one, document: '{"id":"a","x":"***"}', hash: hashOf(8) } : one,
      ),
    });
    const slice = { sourceId: from.source.id, after: null, limit: 9, maxBytes: 1_000 };
    expect(await store.heldDocuments(slice)).toEqual([{ id: "new", document: '{"id":"new","x":1}' }]);
    expect(await store.heldAmong(from.source.id, ["new"])).toMatchObject([{ hash: hashOf(9) }]);
    expect(await store.shape(from.source.id)).toEqual({ known: "shape" });
  });

  it("items are replaced; those that name no account and say the same then are one", async () => {
    const { store } = await open();
    const from = await stocked(store);
    const slice = { sourceId: from.source.id, after: null, limit: 9, maxBytes: 1_000 };
    const stored = await store.quarantinedRaws(slice);
    const named = stored.find(({ raw }) => typeof raw === "object");
    const items = stored
      .filter(({ raw }) => raw !== "kept")
      .map(({ id, raw }) => ({ id, raw: raw === named?.raw ? { id: "x" } : "kept" }));
    expect(await store.rewriteStored(rewrite(from, { items }))).toEqual({ kind: "rewritten" });
    expect((await store.quarantinedRaws(slice)).map(({ raw }) => raw)).toEqual(
      expect.arrayContaining([{ id: "x" }, "kept"]),
    );
    const { items: left } = await store.quarantined({ source: "acme", limit: 9 });
    const times = left.map(({ accountId, times: count }) => [accountId, count]);
    expect(times).toHaveLength(2);
    expect(times).toEqual(
      expect.arrayContaining([
        ["x", 1],
        [null, 3],
      ]),
    );
    expect(await store.quarantinedItem(named?.id ?? "")).toMatchObject({ raw: { id: "x" }, reason: "odd" });
    const after = { ...from, source: await reload(store, from.source) };
    await committed(store, after, step(after, { rejected: [{ raw: "kept", reason: "no object" }] }));
    expect((await store.quarantined({ source: "acme", limit: 9 })).total).toBe(2);
  });

  it("the last part says under which rules everything is now, and forgets the shape of documents", async () => {
    const { store } = await open();
    const from = await stocked(store);
    expect(await store.rewriteStored(rewrite(from, { applied: "f1" }))).toEqual({ kind: "rewritten" });
    const source = await reload(store, from.source);
    expect(source).toMatchObject({ privacyApplied: "f1", revision: nextRevision });
    expect(await store.shape(source.id)).toBeNull();
    const again = rewrite({ ...from, source }, { applied: null, nextRevision: "5" });
    expect(await store.rewriteStored(again)).toEqual({ kind: "rewritten" });
    expect(await reload(store, source)).toMatchObject({ privacyApplied: null, revision: "5" });
  });

  it("under another term, or from another revision, nothing is rewritten", async () => {
    const { store } = await open();
    const from = await stocked(store);
    const before = await everything(store, from, ["a"]);
    const [item] = await store.quarantinedRaws({
      sourceId: from.source.id,
      after: null,
      limit: 1,
      maxBytes: 1_000,
    });
    const late = rewrite(from, {
      accounts: [{ id: "a", document: "{}", hash: hashOf(8) }],
      held: [{ id: "new", document: "{}", hash: hashOf(8), upstreamTime: null }],
      items: [{ id: item?.id ?? "", raw: null }],
      applied: "f1",
    });
    expect(await store.rewriteStored({ ...late, term: "0" })).toEqual({ kind: "term-lost" });
    expect(await store.rewriteStored({ ...late, revision: "99" })).toEqual({ kind: "stale" });
    expect(await everything(store, from, ["a"])).toEqual(before);
    const slice = { sourceId: from.source.id, after: null, limit: 9, maxBytes: 1_000 };
    expect((await store.heldDocuments(slice))[0]?.document).toBe('{"id":"new"}');
    expect((await store.quarantinedRaws(slice))[0]).toEqual(item);
    expect(await store.shape(from.source.id)).toEqual({ known: "shape" });
  });

  it("accounts of another source are not touched", async () => {
    const { store } = await open();
    const from = await stocked(store);
    const other = await besides(store, from);
    const there = await committed(store, other, inserting(other, ["a"]));
    const accounts = [{ id: "a", document: "{}", hash: hashOf(8) }];
    await store.rewriteStored(rewrite(from, { accounts, applied: "f1" }));
    expect((await store.knownAccounts(there.source.id, whole(["a"])))[0]?.document).toBe('{"id":"a"}');
    expect((await reload(store, there.source)).privacyApplied).toBeNull();
  });

  it("after a repair everything has to be rewritten: what comes back was published under the rules of its time", async () => {
    const { store } = await open();
    const from = await stocked(store);
    await store.rewriteStored(rewrite(from, { applied: "f1" }));
    const numbers = { ...(await store.shardAnchor(0)), firstLostAt: null };
    const isDone = await store.restoreShard(from.lease, async (restore) => {
      await restore.putAccounts(from.source.id, [account("back")]);
      await restore.finish(numbers);
    });
    expect(isDone).toBe(true);
    expect((await reload(store, from.source)).privacyApplied).toBeNull();
  });
}
