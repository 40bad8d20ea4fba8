import { expect, it } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { type AskedOfJournal, asked, journalled, sliceOf, started } from "./replay-samples.ts";
import { journalOf, type StoreUnderTest } from "./store-samples.ts";

const dayMs = 86_400_000;

/** What was asked for, or why it was refused. */
async function outcomeOf(store: Store, different: Partial<AskedOfJournal>) {
  const outcome = await store.estimateReplay(asked(different));
  return "kind" in outcome ? outcome : outcome.events;
}

/** An instant so many days ago, by the clock of the store. */
async function daysAgo(store: Store): Promise<(days: number, time: string) => string> {
  const todayMs = Date.parse((await store.databaseCondition()).now.slice(0, 10));
  return (days, time) => `${new Date(todayMs - days * dayMs).toISOString().slice(0, 10)}T${time}Z`;
}

export function replayTimesContract(open: () => Promise<StoreUnderTest>): void {
  it("every event of the asked time comes, in whatever order times have; what stands between the first and the last of them comes along", async () => {
    const { store, journalledAt } = await open();
    const at = await journalled(store);
    const yesterday = await daysAgo(store);
    const minute = (past: number) => yesterday(1, `12:${past}:00.000`);
    const journalledPast = new Map([20, 50, 30, 55, 40].map((past, index) => [index + 1, past]));
    await journalledAt(Object.fromEntries([...journalledPast].map(([seq, past]) => [seq, minute(past)])));

    for (const since of [10, ...journalledPast.values(), 58]) {
      for (const until of [10, ...journalledPast.values(), 58, null]) {
        const times = { from: { since: minute(since) }, until: until === null ? null : minute(until) };
        const id = await started(store, asked(times));
        const { parts = [] } = (await store.replay(id)) ?? {};
        const within = [...journalledPast].filter(([, past]) => past >= since && past < (until ?? 60));
        const [first, last] = [within[0]?.[0], until === null ? 5 : within.at(-1)?.[0]];
        expect(
          parts.map(({ nextSeq, endSeq }) => [nextSeq, endSeq]),
          `since ${since} until ${until}`,
        ).toEqual(first === undefined ? [] : [[String(first), String(last)]]);
        await store.steerReplay(id, "cancel");
      }
    }
    expect(await outcomeOf(store, { from: { shard: 0, seq: "2" }, until: minute(35) })).toBe(2);
    const before = (await journalOf(store)).length;
    await started(store, asked({ from: { since: minute(30) }, until: minute(52) }));
    expect(await sliceOf(store, at)).toMatchObject({ events: 4, hasEnded: true });
    const copies = (await journalOf(store)).slice(before);
    expect(copies.map(({ replay }) => replay?.originSeq)).toEqual(["2", "3", "4", "5"]);
  });

  it("from the begin of the first day that is kept everything comes, from a moment before it nothing", async () => {
    const { store, journalledAt } = await open();
    const at = await journalled(store);
    const ago = await daysAgo(store);
    const begin = ago(1, "00:00:00.000");
    await journalledAt({
      "1": ago(2, "12:00:00.000"),
      "2": ago(2, "23:59:59.999"),
      "3": begin,
      "4": ago(1, "12:00:00.000"),
    });
    expect(await outcomeOf(store, { from: { since: ago(9, "00:00:00.000") } })).toBe(5);
    await store.recordPublished({ ...at.lease, seq: "5", nonce: "9" });
    expect((await store.maintainJournal({ daysAhead: 1, retentionDays: 1 })).dropped).toHaveLength(1);

    expect(await outcomeOf(store, { from: { since: begin } })).toBe(3);
    const gone = { kind: "gone", shard: 0, earliest: { seq: "3", at: begin } };
    expect(await outcomeOf(store, { from: { since: ago(2, "23:59:59.999") } })).toEqual(gone);
    expect(await outcomeOf(store, { from: { shard: 0, seq: "2" } })).toEqual(gone);
    expect(await outcomeOf(store, { from: { shard: 0, seq: "3" } })).toBe(3);
    // A shard that has never lost an event is whole from its first one on.
    expect(await outcomeOf(store, { from: { shard: 1, seq: "1" } })).toBe(0);
  });

  it("what a day has left behind lacks the number that has left with it: it cannot be asked for, nor can its time", async () => {
    const { store, journalledAt } = await open();
    const at = await journalled(store);
    const ago = await daysAgo(store);
    // Numbers 1 and 2 had their commits overtake that of number 3, which had begun before midnight.
    await journalledAt({
      "1": ago(1, "00:00:00.004"),
      "2": ago(1, "00:00:00.002"),
      "3": ago(2, "23:59:59.999"),
      "4": ago(1, "00:00:00.003"),
      "5": ago(1, "12:00:00.000"),
    });
    const midnight = ago(1, "00:00:00.000");
    expect(await outcomeOf(store, { from: { since: midnight } })).toBe(5);
    await store.recordPublished({ ...at.lease, seq: "5", nonce: "9" });
    await store.maintainJournal({ daysAhead: 1, retentionDays: 1 });
    expect((await journalOf(store)).map(({ seq }) => seq)).toEqual(["1", "2", "4", "5"]);

    const from = async (seq: string) => outcomeOf(store, { from: { shard: 0, seq } });
    const gone = { kind: "gone", shard: 0, earliest: { seq: "4", at: ago(1, "00:00:00.003") } };
    expect(await from("1")).toEqual(gone);
    expect(await from("3")).toEqual(gone);
    expect(await from("4")).toBe(2);
    const wholeSince = ago(1, "00:00:00.005");
    for (const since of [midnight, ago(1, "00:00:00.003"), ago(1, "00:00:00.004")])
      expect(await outcomeOf(store, { from: { since } })).toEqual({
        ...gone,
        earliest: { seq: "4", at: wholeSince },
      });
    expect(await outcomeOf(store, { from: { since: wholeSince } })).toBe(1);
    expect((await store.overview()).shards[0]?.earliest).toEqual(gone.earliest);
    expect(await store.changesSince("acme", "1"), "number 3 is among them").toBeNull();
    expect(await store.changesSince("acme", "3")).toMatchObject({ events: 2 });
  });
}
