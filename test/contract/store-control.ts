import { expect, it } from "vitest";
import type { AskedIntent, Store } from "../../src/ports/store.ts";
import {
  type Owned,
  type StoreUnderTest,
  besides,
  committed,
  config,
  entry,
  failed,
  inserting,
  journalOf,
  noCounts,
  owned,
  reload,
  step,
  whole,
} from "./store-samples.ts";

const dayMs = 86_400_000;

async function ask(store: Store, verb: AskedIntent["verb"], source = "acme"): Promise<string> {
  return (await store.askIntent({ source, verb, actor: "ann" })) ?? "";
}

function finish(store: Store, { lease }: Owned, intent: string, answer?: string): Promise<boolean> {
  const { shard, term } = lease;
  const said = answer === undefined ? {} : { answer };
  return store.finishIntent({ intent, shard, term, outcome: "done", ...said });
}

/** What an operator sees, stops and takes back. */
export function controlContract(open: () => Promise<StoreUnderTest>): void {
  it("a paused source stays so whatever its configuration becomes, until it is resumed; then it is due", async () => {
    const { store } = await open();
    const at = await owned(store);
    expect(await finish(store, at, await ask(store, "pause"))).toBe(true);
    expect(await reload(store, at.source)).toMatchObject({ state: "paused", revision: at.source.revision });
    await store.applySources([config("acme", { everyMs: 5_000 })]);
    expect(await reload(store, at.source)).toMatchObject({ state: "paused", everyMs: 5_000 });
    await finish(store, at, await ask(store, "resume"));
    const resumed = await reload(store, at.source);
    expect(resumed).toMatchObject({ state: "running", failures: 0 });
    expect(resumed.pollDueInMs).toBeLessThanOrEqual(0);
  });

  it("a halted source that is paused is paused: no change of its settings starts it; why it had halted is kept", async () => {
    const { store } = await open();
    const at = await owned(store);
    await store.failPass({ ...failed(at.source.id, at.lease), halt: true });
    await finish(store, at, await ask(store, "pause"));
    await store.applySources([config("acme", { everyMs: 5_000 })]);
    expect(await reload(store, at.source)).toMatchObject({
      state: "paused",
      haltedCode: null,
      haltedReason: null,
    });
    expect((await store.overview()).sources).toMatchObject([
      { lastError: "TIDEMARK_UPSTREAM_UNAVAILABLE: 503" },
    ]);
  });

  it("an intent is taken back while it is not done, and is not carried out any more; afterwards it is too late", async () => {
    const { store } = await open();
    const at = await owned(store);
    const id = await ask(store, "pause");
    const before = (await store.ensureInstallation({ prefix: "tidemark", shardCount: 4 })).configRevision;
    expect(await store.withdrawIntent({ id, actor: "bob" })).toBe(true);
    const after = await store.ensureInstallation({ prefix: "tidemark", shardCount: 4 });
    expect(after.configRevision, "owners look again").not.toBe(before);
    expect(await store.pendingIntents([0])).toEqual([]);
    expect(await store.intent(id)).toMatchObject({ outcome: "withdrawn by bob", doneAt: expect.any(String) });
    expect(await finish(store, at, id)).toBe(false);
    expect(await reload(store, at.source)).toMatchObject({ state: "running" });
    expect(await store.withdrawIntent({ id, actor: "eve" })).toBe(false);

    const done = await ask(store, "pause");
    await finish(store, at, done);
    expect(await store.withdrawIntent({ id: done, actor: "bob" })).toBe(false);
    expect(await store.intent(done)).toMatchObject({ outcome: "done" });
    expect(await store.withdrawIntent({ id: "999", actor: "bob" })).toBe(false);
  });

  it("intents are listed with those first that wait, the oldest of them first, then the newest that are done", async () => {
    const { store } = await open();
    const at = await owned(store);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push(await ask(store, "poll"));
    for (const index of [0, 1, 3]) await finish(store, at, ids[index] ?? "");
    const listed = async (done: number) => (await store.intents({ done })).map(({ id }) => ids.indexOf(id));
    expect(await listed(0)).toEqual([2, 4]);
    expect(await listed(2)).toEqual([2, 4, 3, 1]);
    expect(await listed(9)).toEqual([2, 4, 3, 1, 0]);
  });

  it("checks are for who has asked: done, they are not told, and are forgotten whole when they are old", async () => {
    const { store, advance } = await open();
    const at = await owned(store);
    const old = await ask(store, "check");
    await finish(store, at, old, "long ago");
    const preview = await ask(store, "preview");
    await finish(store, at, preview);
    await advance(2 * dayMs);
    const young = await ask(store, "check");
    await finish(store, at, young, "now");
    const pending = await ask(store, "check");
    const listed = async () => (await store.intents({ done: 9 })).map(({ id }) => id);
    expect(await listed()).toEqual([pending, preview]);
    expect((await store.sourceDetails("acme"))?.intents.map(({ id }) => id)).toEqual([preview]);
    expect(await store.forgetAnswers(1)).toBe(1);
    expect(await store.intent(old)).toBeNull();
    expect(await store.intent(young)).toMatchObject({ outcome: "done", answer: "now" });
    expect(await store.intent(pending)).toMatchObject({ doneAt: null });
    expect(await store.intent(preview)).toMatchObject({ outcome: "done" });
  });

  it("answers are forgotten when they are old, not the intents", async () => {
    const { store, advance } = await open();
    const at = await owned(store);
    const old = await ask(store, "preview");
    await finish(store, at, old, "long ago");
    await advance(2 * dayMs);
    const young = await ask(store, "preview");
    await finish(store, at, young, "now");
    expect(await store.forgetAnswers(3)).toBe(0);
    expect(await store.forgetAnswers(1)).toBe(1);
    expect(await store.intent(old)).toMatchObject({ outcome: "done", answer: null });
    expect(await store.intent(young)).toMatchObject({ answer: "now" });
  });

  it("the details of a source are what is stored of it, its last passes and intents, of no other source", async () => {
    const { store } = await open();
    const at = await owned(store);
    await store.applySources([config("other")]);
    expect(await store.sourceDetails("nobody")).toBeNull();
    const counts = { ...noCounts, inserted: 2, observed: 3 };
    const finished = { kind: "poll" as const, nextInMs: 9, tookMs: 1_000, counts };
    let now: Owned = await committed(store, at, step(at, { finished }));
    await store.failPass(failed(at.source.id, at.lease));
    now = { ...now, source: await reload(store, at.source) };
    for (let n = 0; n < 4; n += 1) now = await committed(store, now, step(now, { finished }));
    for (let n = 0; n < 6; n += 1) await ask(store, "poll");
    await ask(store, "poll", "other");

    const details = await store.sourceDetails("acme");
    expect(details?.source).toMatchObject({ name: "acme", revision: now.source.revision });
    expect(details?.passes.map(({ outcome }) => outcome)).toEqual(["done", "done", "done", "done", "failed"]);
    const [pass] = details?.passes ?? [];
    expect(pass).toMatchObject({ kind: "poll", inserted: 2, observed: 3, errorCode: null, error: null });
    const tookMs = Date.parse(pass?.endedAt ?? "") - Date.parse(pass?.startedAt ?? "");
    expect(tookMs).toBe(1_000);
    expect(details?.passes.at(-1)).toMatchObject({
      errorCode: "TIDEMARK_UPSTREAM_UNAVAILABLE",
      error: "503",
    });
    expect(details?.intents).toHaveLength(5);
    expect(details?.intents[0]).toMatchObject({ source: "acme", verb: "poll", doneAt: null });
    expect(await store.sourceDetails("other")).toMatchObject({ passes: [], intents: [{ source: "other" }] });
  });

  it("a source that runs is not removed; one that is paused is, and nothing finds it any more", async () => {
    const { store } = await open();
    const at = await owned(store);
    const loaded = await committed(store, at, inserting(at, ["a", "b"], { cursor: { at: 1 } }));
    const removal = { name: "acme", actor: "ann" };
    expect(await store.removeSource(removal)).toBe("running");
    await finish(store, at, await ask(store, "pause"));
    const pending = await ask(store, "resume");
    expect(await store.removeSource(removal)).toBe("removed");
    expect(await store.removeSource(removal)).toBe("no-such-source");

    expect((await store.overview()).sources).toEqual([]);
    expect(await store.sourceDetails("acme")).toBeNull();
    expect(await store.liveCursor("acme")).toBeNull();
    expect(await store.askIntent({ source: "acme", verb: "resume", actor: "ann" })).toBeNull();
    expect(await store.intent(pending)).toMatchObject({ outcome: "withdrawn by ann" });
    const snapshot = { kind: "snapshot" as const, source: "acme", actor: "ann", pace: null };
    expect(await store.startReplay(snapshot)).toEqual({ kind: "no-such-source" });
    const stale = step(loaded, { entries: [entry("a", 2, "updated")], kind: "poll" });
    expect(await store.commit(stale), "nothing that was decided before arrives").toEqual({ kind: "stale" });
    expect(await finish(store, at, pending)).toBe(false);
    expect(await reload(store, at.source)).toMatchObject({
      isRemoved: true,
      state: "paused",
      settings: {},
      cursor: null,
      population: 0,
    });
    expect(await journalOf(store), "its events go out").toHaveLength(2);
  });

  it("the name of a removed source stays taken", async () => {
    const { store } = await open();
    const at = await owned(store);
    await finish(store, at, await ask(store, "pause"));
    await store.removeSource({ name: "acme", actor: "ann" });
    await expect(store.applySources([config("acme")])).rejects.toThrow("sources.acme: was removed");
    expect(await store.applySources([config("other")])).toMatchObject({ added: ["other"] });
  });

  it("what is left of removed sources is forgotten in slices, of no other source", async () => {
    const { store } = await open();
    const at = await owned(store);
    const ids = ["a", "b", "c", "d", "e"];
    const swept = await store.openSweep({ ...at.lease, sourceId: at.source.id });
    const now = { ...at, source: await reload(store, at.source) };
    const seen = { passId: swept?.passId ?? "", ids };
    const rejected = [{ raw: { id: "x" }, accountId: "x", reason: "no name" }];
    const holds = [
      { reason: "too-many-deletes" as const, detail: "many", changes: [{ id: "h", document: null }] },
    ];
    const more = { cursor: 1, seen, rejected, holds, shape: {} };
    await committed(store, now, inserting(now, ids, more));
    const other = await besides(store, at);
    await committed(store, other, inserting(other, ["a"], { rejected }));
    const finished = await ask(store, "preview");
    await finish(store, at, finished, "documents");
    expect(await store.forgetRemoved(100), "no source is removed").toBe(0);
    await finish(store, at, await ask(store, "pause"));
    await store.removeSource({ name: "acme", actor: "ann" });

    expect(await store.knownAccounts(at.source.id, whole(ids))).toHaveLength(5);
    expect(await store.forgetRemoved(2)).toBeGreaterThan(0);
    expect(await store.knownAccounts(at.source.id, whole(ids))).toHaveLength(3);
    while ((await store.forgetRemoved(2)) > 0);
    expect(await store.knownAccounts(at.source.id, whole(ids))).toEqual([]);
    expect(await store.heldAmong(at.source.id, ["h"])).toEqual([]);
    expect(await store.shape(at.source.id)).toBeNull();
    expect(await store.checkpoints({ source: "acme", limit: 9 })).toEqual([]);
    expect(await store.intent(finished)).toMatchObject({ outcome: "done", answer: null });
    expect(await reload(store, at.source)).toMatchObject({ quarantined: 0, held: 0, openSweep: null });
    expect(await store.knownAccounts(other.source.id, whole(["a"]))).toHaveLength(1);
    expect(await reload(store, other.source)).toMatchObject({ quarantined: 1, population: 1 });
  });
}
