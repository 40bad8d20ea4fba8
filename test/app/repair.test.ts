import { describe, expect, it } from "vitest";
import { ownedShard } from "../../src/app/owned-shard.ts";
import { publishShard } from "../../src/app/publish-shard.ts";
import { type RepairOptions, type ShardReport, repair } from "../../src/app/repair.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import { foldAccounts, parseEvent } from "../../src/consumer/index.ts";
import { RetryableError } from "../../src/core/errors.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import { type LaneHarness, laneHarness } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { seen } from "../support/scripted-connector.ts";

const topic = "tidemark.scripted.accounts";

function publicationOf({ ports, store }: LaneHarness) {
  const settings = { prefix: "tidemark", shardCount: 1, partitions: 3, allowWeakDurability: true };
  return { topics: topicBook(settings, ports), journalId: store.state.installation?.journalId ?? "" };
}

/** Publishes what is in the journal, as a process that has just started. @returns why it gave up, or null. */
async function publish(harness: LaneHarness): Promise<unknown> {
  const { shard, clock, ports, store } = harness;
  store.state.shards.get(0)!.owner = "me";
  store.state.shards.get(0)!.term = BigInt(shard.term);
  const timing = { ...leaseTiming, stopAfterMs: Number.POSITIVE_INFINITY };
  const owned = ownedShard(shard, clock, timing, clock.monotonicMs());
  let failure: unknown = null;
  const ended = publishShard(owned, publicationOf(harness), ports).catch((error: unknown) => {
    failure = error;
  });
  await settled();
  await settled();
  owned.release();
  await ended;
  return failure;
}

async function poll(harness: LaneHarness, ...accounts: string[]) {
  const { script, lane, ports } = harness;
  const cursor = Number(lane.source.cursor ?? 0) + 1;
  const observations = accounts.map((id) =>
    id.startsWith("-")
      ? { id: id.slice(1), gone: true as const, at: null }
      : seen(id, { email: `${cursor}@x` }),
  );
  script.polls.push({ pages: [{ observations, cursor }] });
  await takeTurn(lane, "poll", ports);
}

function repairShard(harness: LaneHarness, options: Partial<RepairOptions>): Promise<ShardReport[]> {
  const nothing = { dryRun: false, shard: null, republishFrom: null, fromKafka: false, workerId: "repair" };
  harness.store.state.shards.get(0)!.owner = null;
  return repair(
    { ...nothing, ...options },
    { ports: harness.ports, publication: publicationOf(harness), volatileOf: () => ["attributes.photoUrl"] },
  );
}

/** Seven events of four accounts in Kafka. */
async function published(): Promise<LaneHarness> {
  const harness = await laneHarness();
  await poll(harness, "a", "b", "c");
  await poll(harness, "a", "d");
  await poll(harness, "-b", "c");
  expect(await publish(harness)).toBeNull();
  return harness;
}

const sequence = ({ kafka }: LaneHarness) =>
  kafka
    .records(topic)
    .map(({ headers }) => Number(headers["tidemark-seq"]))
    .sort((a, b) => a - b);

/** `key version op`, in the order of the topic. */
const told = ({ kafka }: LaneHarness) =>
  kafka.records(topic).map(({ headers }) => `${headers["ce_id"]} ${headers["ce_type"]?.split(".")[2]}`);

async function createAnew({ kafka }: LaneHarness): Promise<void> {
  kafka.deleteTopic(topic);
  const topics = [{ name: topic, partitions: 3, compacted: false }];
  await kafka.brokers.ensureTopics({ topics, existing: [], allowWeakDurability: true });
}

/** Remembers the database as it is. @returns what takes it back to that. */
function snapshot({ store: { state } }: LaneHarness): () => void {
  const { shards, accounts, sources, replays, replayParts } = structuredClone({
    shards: state.shards,
    accounts: state.accounts,
    sources: state.sources,
    replays: state.replays,
    replayParts: state.replayParts,
  });
  return () => {
    replace(state.shards, shards);
    replace(state.accounts, accounts);
    replace(state.sources, sources);
    replace(state.replays, replays);
    replace(state.replayParts, replayParts);
  };
}

function replace<K, V>(live: Map<K, V>, copy: ReadonlyMap<K, V>): void {
  live.clear();
  for (const [id, value] of copy) live.set(id, value);
}

/** Asks for the whole journal once more. @returns the replay's id. */
async function askReplay({ store }: LaneHarness, to: string | null = null): Promise<string> {
  const everything = { source: null, until: null, accountId: null, ops: null, pace: null };
  const begun = await store.startReplay({
    ...everything,
    kind: "journal",
    actor: "test",
    from: { shard: 0, seq: "1" },
    topic: to,
  });
  if ("kind" in begun) throw new Error(`refused: ${begun.kind}`);
  return begun.id;
}

/** Writes the next events of the replay at the end of the journal. */
async function replaySlice({ store, shard }: LaneHarness, replay: string, nonce: string): Promise<void> {
  const [part] = await store.openReplays([0]);
  const bounds = { limit: 100, maxEvents: 100, maxBytes: 1e6, nonce };
  const { term } = shard;
  const outcome = await store.replaySlice({
    shard: 0,
    term,
    replay,
    nextSeq: part?.nextSeq ?? "",
    ...bounds,
  });
  if (outcome.kind !== "replayed") throw new Error(`the slice is ${outcome.kind}`);
}

describe("repair", () => {
  it("changes nothing where the stores agree", async () => {
    const harness = await published();
    expect(await repairShard(harness, { republishFrom: "1", fromKafka: true })).toEqual([
      { shard: 0, state: "agrees", code: null, lines: ["the stores agree"] },
    ]);
    expect(sequence(harness)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("stores a position that was lost, and only says so when it only looks", async () => {
    const harness = await published();
    harness.kafka.forgetProgress(0);
    expect(await repairShard(harness, { dryRun: true })).toMatchObject([{ state: "to-be-repaired" }]);
    expect(harness.kafka.progress(0).next).toBeNull();
    expect(await repairShard(harness, {})).toMatchObject([{ state: "repaired", code: null }]);
    expect(harness.kafka.progress(0).next).toBe("8");
  });

  it("fills a topic that was created anew, and only when it was asked to", async () => {
    const harness = await published();
    const before = told(harness);
    await createAnew(harness);
    expect(await repairShard(harness, {})).toMatchObject([
      { state: "refused", code: "TIDEMARK_TOPIC_MISSING" },
    ]);
    expect(await repairShard(harness, { dryRun: true, republishFrom: "1" })).toMatchObject([
      {
        state: "to-be-repaired",
        lines: [{}, "of its events 1 to 7 the topics lack 7, which are published again"],
      },
    ]);
    expect(sequence(harness)).toEqual([]);
    expect(await repairShard(harness, { republishFrom: "1" })).toMatchObject([{ state: "repaired" }]);
    expect(told(harness)).toEqual(before);
  });

  it.each([
    ["open", 4],
    ["publish", 2],
    ["answer", 2],
  ] as const)(
    "that fails at any %s leaves a shard that is refused or whole, and its repetition doubles nothing",
    async (failure, calls) => {
      for (let spared = 0; spared < calls; spared += 1) {
        const harness = await published();
        await createAnew(harness);
        harness.kafka.failAfter(spared, failure);
        await expect(repairShard(harness, { republishFrom: "1" })).rejects.toBeInstanceOf(RetryableError);

        const isWhole = sequence(harness).length === 7;
        const refusal = (await publish(harness)) as { code: string } | null;
        expect(refusal?.code ?? "whole").toMatch(isWhole ? /whole/ : /KAFKA_WENT_BACK|TOPIC_MISSING/);
        const [report] = await repairShard(harness, { republishFrom: "1" });
        expect(report?.state).toBe(isWhole ? "agrees" : "repaired");
        expect(sequence(harness)).toEqual([1, 2, 3, 4, 5, 6, 7]);
        expect(await publish(harness)).toBeNull();
      }
    },
  );

  it("does not publish what the journal does not hold any more", async () => {
    const harness = await published();
    await createAnew(harness);
    harness.store.state.shards.get(0)?.journal.splice(0, 2);
    expect(await repairShard(harness, { republishFrom: "1" })).toMatchObject([
      { state: "refused", code: "TIDEMARK_JOURNAL_GAP" },
    ]);
    expect(harness.kafka.progress(0).next).toBe("8");
  });

  it("brings a database that went back to where Kafka is, and puts on top what it has observed since", async () => {
    const harness = await laneHarness();
    await poll(harness, "a", "b", "c");
    await publish(harness);
    const goBack = snapshot(harness);
    await poll(harness, "a", "d");
    await poll(harness, "-b", "c");
    await publish(harness);
    // As after a repair whose operator knew no better.
    const [, , , twice] = harness.kafka.records(topic);
    if (twice !== undefined) harness.kafka.put(twice);
    const inKafka = told(harness);
    goBack();
    harness.lane.source = (await harness.store.loadSource(1))!;
    await poll(harness, "a", "e", "-c");

    expect(await publish(harness)).toMatchObject({ code: "TIDEMARK_DATABASE_WENT_BACK" });
    expect(await repairShard(harness, { fromKafka: true })).toMatchObject([{ state: "repaired" }]);
    expect(await publish(harness)).toBeNull();
    expect(told(harness).slice(0, inKafka.length)).toEqual(inKafka);
    expect(told(harness).slice(inKafka.length)).toEqual(["acme/e/1 inserted", "acme/c/3 deleted"]);
    expect((await harness.store.loadSource(1))?.population).toBe(3);
  });

  it("brings an account back of which Kafka has only a pointer: it lives, and what is observed next is an update", async () => {
    const harness = await laneHarness();
    await poll(harness, "a", "b");
    await publish(harness);
    const goBack = snapshot(harness);
    harness.kafka.limit(topic, 8_000);
    await poll(harness, "a", "-b", "c");
    await publish(harness);
    const values = () => harness.kafka.records(topic).map(({ value }) => value ?? "");
    expect(values().filter((value) => value.includes('"oversize"'))).toHaveLength(3);
    goBack();
    harness.lane.source = (await harness.store.loadSource(1))!;
    expect(await repairShard(harness, { fromKafka: true })).toMatchObject([{ state: "repaired" }]);
    expect((await harness.store.loadSource(1))?.population).toBe(2);
    expect(await publish(harness)).toBeNull();

    harness.lane.source = (await harness.store.loadSource(1))!;
    harness.kafka.limit(topic, 2 * 1024 * 1024);
    await poll(harness, "a", "b", "c");
    expect(await publish(harness)).toBeNull();
    expect(told(harness).slice(-3).toSorted()).toEqual([
      "acme/a/3 updated",
      "acme/b/3 inserted",
      "acme/c/2 updated",
    ]);
    const fold = foldAccounts();
    expect(harness.kafka.records(topic).flatMap((record) => fold.add(parseEvent(record)))).toEqual([]);
    expect([...fold.population().values()]).not.toContain(null);

    // A topic that is filled anew gets the very pointers again: their events are nowhere else.
    const before = harness.kafka.records(topic);
    await createAnew(harness);
    expect(await repairShard(harness, { republishFrom: "1" })).toMatchObject([{ state: "repaired" }]);
    expect(harness.kafka.records(topic)).toEqual(before);
  });

  it("writes beside Kafka's position what belongs there, when somebody has set it by hand to where it was", async () => {
    const harness = await published();
    harness.kafka.setProgress(0, { next: "8", meta: null });
    expect(await repairShard(harness, {})).toMatchObject([
      { state: "refused", code: "TIDEMARK_HISTORY_FORKED" },
    ]);
    expect(await repairShard(harness, { fromKafka: true })).toMatchObject([{ state: "repaired" }]);
    expect(await publish(harness)).toBeNull();
    harness.lane.source = (await harness.store.loadSource(1))!;
    await poll(harness, "a");
    expect(await publish(harness)).toBeNull();
    expect(sequence(harness)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("brings replayed events back as such: they say nothing of the accounts, and no replay goes on from where it went back to", async () => {
    const harness = await laneHarness();
    await poll(harness, "a", "b");
    const replay = await askReplay(harness);
    await publish(harness);
    const goBack = snapshot(harness);
    await poll(harness, "a", "-b");
    await replaySlice(harness, replay, "900");
    await publish(harness);
    const inKafka = told(harness);
    expect(inKafka.filter((event) => event === "acme/a/1 inserted")).toHaveLength(2);
    goBack();
    harness.lane.source = (await harness.store.loadSource(1))!;
    // The same replay once more, which is never published.
    await replaySlice(harness, replay, "901");

    expect(await repairShard(harness, { fromKafka: true })).toMatchObject([{ state: "repaired" }]);
    expect(await publish(harness)).toBeNull();
    expect(told(harness)).toEqual(inKafka);
    const journal = await harness.journal();
    expect(journal.map(({ accountId, version, replay: of }) => [accountId, version, of?.originSeq])).toEqual([
      ["a", 1, undefined],
      ["b", 1, undefined],
      ["a", 2, undefined],
      ["b", 2, undefined],
      ["a", 1, "1"],
      ["b", 1, "2"],
    ]);
    expect(journal.at(-1)?.replay?.id).toBe(replay);
    const states = [...(harness.store.state.accounts.get(1)?.values() ?? [])];
    expect(states.map(({ id, version, document }) => [id, version, document !== null])).toEqual([
      ["a", 2, true],
      ["b", 2, false],
    ]);
    expect(await harness.store.replay(replay)).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("the database went back") as string,
    });
  });

  it("fills the topic of a replay, too, where it was created anew or deleted", async () => {
    const harness = await published();
    const topics = [{ name: "copy", partitions: 3, compacted: false }];
    await harness.kafka.brokers.ensureTopics({ topics, existing: [], allowWeakDurability: true });
    await replaySlice(harness, await askReplay(harness, "copy"), "900");
    expect(await publish(harness)).toBeNull();
    const before = harness.kafka.records("copy");
    expect(before).toHaveLength(7);
    harness.kafka.deleteTopic("copy");
    expect(await repairShard(harness, { republishFrom: "8" })).toMatchObject([{ state: "repaired" }]);
    expect(harness.kafka.records("copy")).toEqual(before);
  });

  it("proves a position without the topic of a replay that somebody has deleted, once something else came later", async () => {
    const harness = await published();
    const topics = [{ name: "copy", partitions: 3, compacted: false }];
    await harness.kafka.brokers.ensureTopics({ topics, existing: [], allowWeakDurability: true });
    await replaySlice(harness, await askReplay(harness, "copy"), "900");
    expect(await publish(harness)).toBeNull();
    harness.kafka.deleteTopic("copy");
    harness.kafka.forgetProgress(0);
    expect(await publish(harness)).toMatchObject({ code: "TIDEMARK_PROGRESS_LOST" });
    harness.kafka.setProgress(0, {
      next: "15",
      meta: { v: 1, j: publicationOf(harness).journalId, bn: "900" },
    });
    harness.lane.source = (await harness.store.loadSource(1))!;
    await poll(harness, "a");
    expect(await publish(harness)).toBeNull();
    harness.kafka.forgetProgress(0);
    expect(await publish(harness)).toBeNull();
    expect(harness.kafka.progress(0).next).toBe("16");
  });
});
